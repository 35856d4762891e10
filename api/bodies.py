"""How much a caller may send, and for how long: everything posted here is a few lines."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_answer

LARGEST_BODY = 1 << 20
"""Bytes."""
LONGEST_WAIT_S = 30.0
"""For the whole body, so that nobody holds a connection by a byte a minute."""


class LimitBodies:
    """Refuses a larger body (413) as soon as it shows, and one that does not come (408); closes the connection."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY, longest_s: float = LONGEST_WAIT_S) -> None:
        self.app = app
        self._largest = largest
        self._longest_s = longest_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, and pass it on as one piece."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._longest_s):
                body = await self._read(Request(scope, receive))
        except ClientDisconnect:
            return
        except TimeoutError:
            await _refuse(408, "the body did not come in time", scope, receive, send)
            return
        if body is None:
            await _refuse(413, f"the body is larger than {self._largest} bytes", scope, receive, send)
            return
        await self.app(scope, _repeat(body, receive), send)

    async def _read(self, request: Request) -> bytes | None:
        """The body, or None for one that is too large."""
        if int(request.headers.get("content-length", "0")) > self._largest:  # the server has seen that it is a number
            return None
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > self._largest:
                return None
        return bytes(body)


async def _refuse(status: int, detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    await problem_answer(status, detail, headers={"Connection": "close"})(scope, receive, send)


def _repeat(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """What the application reads: the body, then whatever still comes (that the caller went away)."""
    waiting = [body]

    async def read() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return read
