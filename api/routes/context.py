"""What every route works with: the store read as the caller's tenant, and the settings."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.auth import KnownCaller
from api.queries.reader import TenantReader
from api.services import Services
from api.settings import ApiSettings
from schema.store import Store


@dataclass(frozen=True, slots=True)
class Context:
    """One request's view of the service."""

    store: Store
    settings: ApiSettings
    services: Services
    reader: TenantReader


def make_context(request: Request, caller: KnownCaller) -> Context:
    """The context of this request, bound to its caller's tenant."""
    state = request.app.state
    return Context(state.store, state.settings, state.services, TenantReader(state.store, caller.tenant))


Here = Annotated[Context, Depends(make_context)]
