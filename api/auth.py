"""Who asks: the one dependency that says whose data a request may read."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request


@dataclass(frozen=True, slots=True)
class Caller:
    """The tenant that every query of the request is bound to."""

    tenant: str


def identify_caller(request: Request) -> Caller:
    """The caller of this request. Without keys (loopback only, which `serve` sees to) it is the default tenant."""
    return Caller(request.app.state.settings.default_tenant)


KnownCaller = Annotated[Caller, Depends(identify_caller)]
