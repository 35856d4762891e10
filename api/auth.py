"""Who asks, and whether they may.

A key is asked for before anything of a request is read, its route included. Then every route names the roles of which
a caller needs one:

    @router.get("/v1/things", dependencies=[Depends(require(Role.VIEWER))])

The functions are asynchronous only to run where they are called: handing them to a thread costs more than they do.
"""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import explain_error
from api.services import Services
from api.settings import ApiSettings
from schema.errors import AccessError, Forbidden, KeyFileError, Unauthenticated
from vault.caller import Caller, Role, make_keyless_caller
from vault.key_file import require_role

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json"})
"""What tells nothing of runs, and is asked by machines that have no key."""


class CheckKeys:
    """Refuses who has no valid key (401), or everybody while the keys cannot be read (503)."""

    def __init__(self, app: ASGIApp, settings: ApiSettings, services: Services) -> None:
        self.app = app
        self._settings = settings
        self._keys = services.keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the caller, or answer in the place of the application."""
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            try:
                scope.setdefault("state", {})["caller"] = self._identify(Request(scope))
            except (AccessError, KeyFileError) as error:
                answer = explain_error(error)
                if is_page(scope["path"]) and isinstance(error, Unauthenticated):
                    answer.headers["WWW-Authenticate"] = 'Basic realm="Runvault: any name, your key as the password"'
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _identify(self, request: Request) -> Caller:
        address = request.client.host if request.client else ""
        if self._keys is None:
            return make_keyless_caller(address, self._settings.default_tenant)
        header = request.headers.get("authorization")
        return self._keys.identify(_read_basic(header) if is_page(request.url.path) else header, address)


def is_page(path: str) -> bool:
    """Whether a path is asked by browsers, which send a key only as the password of HTTP Basic (RFC 7617). Pages only
    read: what changes something takes the key as a bearer, which no other site can make a browser send."""
    return path == "/" or path == "/runs" or path.startswith("/runs/")


def _read_basic(header: str | None) -> str | None:
    scheme, _, text = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return header
    try:
        return "Bearer " + b64decode(text, validate=True).decode().partition(":")[2]
    except ValueError:
        return None


async def name_caller(request: Request) -> Caller:
    """The caller of this request, as `CheckKeys` found it."""
    caller: Caller = request.state.caller
    return caller


KnownCaller = Annotated[Caller, Depends(name_caller)]


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
