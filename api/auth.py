"""Who asks, and whether they may: every route names the roles of which a caller needs one.

    @router.get("/v1/things", dependencies=[Depends(require(Role.VIEWER))])

The functions are asynchronous only to run where they are called: handing them to a thread costs more than they do.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from api.services import Services
from vault.caller import Caller, Role, make_keyless_caller
from vault.key_file import require_role


async def identify_caller(request: Request) -> Caller:
    """The caller of this request, by its key. Raises Unauthenticated (401), KeyFileError (503)."""
    state = request.app.state
    services: Services = state.services
    address = request.client.host if request.client else ""
    if services.keys is None:
        return make_keyless_caller(address, state.settings.default_tenant)
    return services.keys.identify(request.headers.get("authorization"), address)


KnownCaller = Annotated[Caller, Depends(identify_caller)]


def require(*roles: Role) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency that lets through who has one of these roles, and gives the caller. Raises Forbidden (403)."""

    async def check(caller: KnownCaller) -> Caller:
        return require_role(caller, *roles)

    return check
