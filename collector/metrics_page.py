"""`GET /metrics` of a collector or a loader that runs apart from an API: its own port, its own thread.

Who may read it is as at the API: on loopback everybody while no key was made, else who has one with the role `viewer`.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from collector.metrics import render_metrics
from collector.server import QuietServer, bind_port
from collector.status import describe_failure, make_headers
from schema.errors import ConfigError, RunvaultError
from vault.caller import Role
from vault.key_file import KeyRing

DRAIN_S = 2


@contextmanager
def serve_metrics(host: str, port: int, keys: KeyRing, render: Callable[[], str] = render_metrics) -> Iterator[None]:
    """Serve what `render` gives as long as the block runs; port 0 serves nothing. The port is shared with nobody: of
    several processes behind one, a scraper would see another at each look.

    Raises ConfigError when the port cannot be used.
    """
    if not port:
        yield
        return
    server = QuietServer(create_metrics_app(keys, render), DRAIN_S)
    bound = _hold_port(host, port)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[bound])), name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True  # it looks once a second
        thread.join()


def create_metrics_app(keys: KeyRing, render: Callable[[], str]) -> Starlette:
    """The application with that one page."""

    async def answer(request: Request) -> Response:
        address = request.client.host if request.client else ""
        try:
            keys.identify(request.headers.get("authorization"), address, Role.VIEWER)
        except RunvaultError as error:
            failure = describe_failure(error)
            return PlainTextResponse(f"{failure.message}\n", failure.http, make_headers(failure))
        text = await run_in_threadpool(render)
        return PlainTextResponse(text, headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})

    return Starlette(routes=[Route("/metrics", answer)])


def _hold_port(host: str, port: int) -> socket.socket:
    try:
        bound = bind_port(host, port, shared=False)
        bound.listen()  # now, and not when the server starts: until somebody listens, another may bind here too
    except OSError as error:
        raise ConfigError(f"metrics_port: port {port} cannot be used: {error.strerror}") from error
    return bound
