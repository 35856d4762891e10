"""What is posted to the API over a real socket: bodies at the limit, above it, in pieces, and ones that never end."""

import socket
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request

from api.bodies import LimitBodies
from tests.api.served import serve_app


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """An application that tells how many bytes it was sent, behind limits of 1000 bytes and half a second."""
    app = FastAPI()
    app.add_middleware(LimitBodies, largest=1000, longest_s=0.5)

    @app.post("/")
    async def count(request: Request) -> int:
        return len(await request.body())

    with serve_app(app) as url:
        host, port = url.removeprefix("http://").split(":")
        yield host, int(port)


def exchange(address: tuple[str, int], head: bytes, *pieces: bytes) -> bytes:
    """Send a request as it stands here; the whole answer, until the server closes."""
    with socket.create_connection(address, timeout=10) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        for piece in pieces:
            sender.sendall(piece)
        answer = b""
        while data := sender.recv(65536):
            answer += data
        return answer


def test_a_body_at_the_limit_is_read(address: tuple[str, int]) -> None:
    answer = exchange(address, b"Content-Length: 1000\r\nConnection: close", b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n1000")


def test_a_larger_one_is_refused_before_it_comes(address: tuple[str, int]) -> None:
    answer = exchange(address, b"Content-Length: 1001")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"the body is larger than 1000 bytes"' in answer


def test_one_in_pieces_is_refused_when_it_is_too_much(address: tuple[str, int]) -> None:
    piece = b"1f5\r\n" + b"x" * 501 + b"\r\n"
    answer = exchange(address, b"Transfer-Encoding: chunked", piece, piece)
    assert answer.startswith(b"HTTP/1.1 413")


def test_one_that_does_not_come_is_given_up(address: tuple[str, int]) -> None:
    answer = exchange(address, b"Content-Length: 1000", b"x" * 999)
    assert answer.startswith(b"HTTP/1.1 408")
