"""An HTTP server that leaves signals to us (stopping has an order that spans several servers) and that cuts
connections which hold a place without asking anything."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_TIMEOUT_S = 10.0
TICK_S = 1.0
"""So often the `Date` of answers is renewed."""


class GuardedProtocol(HttpToolsProtocol):
    """Closes a connection whose request line and headers are not there in time, whether nothing comes or a byte a
    second (slow loris). uvicorn itself times only the pause between requests."""

    header_timeout_s = HEADER_TIMEOUT_S
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._start_clock()

    def on_message_begin(self) -> None:
        """Another request on the same connection."""
        self._start_clock()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop the clock: the body has its own."""
        self._stop_clock()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def _start_clock(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(self.header_timeout_s, self.transport.abort)

    def _stop_clock(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers, its logging and its banner. `stop` ends it."""

    def __init__(self, app: Any, drain_s: int = 10, header_timeout_s: float = HEADER_TIMEOUT_S) -> None:
        protocol = type("Protocol", (GuardedProtocol,), {"header_timeout_s": header_timeout_s})
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_keep_alive=75,
                timeout_graceful_shutdown=drain_s,
            )
        )
        self._stopping = asyncio.Event()

    async def start(self, bound: socket.socket) -> "asyncio.Task[None]":
        """Answer on a port that is bound. Returns once connections are accepted; the task ends with the server."""
        serving = asyncio.create_task(self.serve(sockets=[bound]))
        while not self.started and not serving.done():
            await asyncio.sleep(0.01)  # uvicorn has no event for it
        return serving

    def stop(self) -> None:
        """Finish the requests at hand, and end. Called in the server's own event loop."""
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        """Until it is stopped. uvicorn itself looks ten times a second, which was a third of the idle service's CPU."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK_S)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def bind_port(host: str, port: int, shared: bool = True) -> socket.socket:
    """A TCP socket bound with SO_REUSEPORT, so that several collectors share a port, unless it is not `shared`.
    Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle off only for sockets that name their protocol, and with it on every answer waits 40 ms
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
