"""The HTTP server: what is started accepts connections."""

import asyncio
from typing import Any

from collector.server import QuietServer, bind_port


async def answer_nothing(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def ask() -> bytes:
    """The status line of an answer, asked for at once."""
    server = QuietServer(answer_nothing)
    bound = bind_port("127.0.0.1", 0)
    serving = await server.start(bound)
    reader, writer = await asyncio.open_connection(*bound.getsockname())
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    line = await reader.readline()
    writer.close()
    server.stop()
    await serving
    return line


def test_once_started_it_answers() -> None:
    assert asyncio.run(ask()) == b"HTTP/1.1 204 No Content\r\n"
