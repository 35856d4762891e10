"""Who asks, and whether they may: every route names the roles of which a caller needs one.

    @router.get("/v1/things", dependencies=[Depends(require(Role.VIEWER))])

The functions are asynchronous only to run where they are called: handing them to a thread costs more than they do.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.services import Services
from schema.errors import Forbidden
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


def require(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    """A dependency that lets through who has one of these roles, and gives the caller. Raises Forbidden (403), which
    is written into the audit trail: somebody with a key tried what it is not for."""

    async def check(request: Request, caller: KnownCaller) -> Caller:
        try:
            return require_role(caller, *roles)
        except Forbidden as error:
            trail, tried = request.app.state.services.trail, f"{request.method} {request.url.path}"
            await run_in_threadpool(trail.append, "access.denied", caller, tried, "", str(error))
            raise

    return check
