"""Overload in its short form, and connections that hold a place without sending. The long form is
`python -m tests.apptest.overload --seconds 600`."""

import socket
import time
from pathlib import Path

import pytest

from runvault.service import start_service
from tests.apptest.overload import overload

pytestmark = pytest.mark.service


def test_more_than_it_can_take_is_refused_for_now(tmp_path: Path) -> None:
    figures = overload(tmp_path, 20)
    refused = sum(count for answer, count in figures["answers"].items() if answer != "ok")
    assert refused > figures["answers"]["ok"] / 10, "this was no overload"
    # by CPU time, so that others on this machine do not count
    assert figures["cpu_after_s"] < 1.5 * figures["cpu_before_s"] + 0.1, figures


def is_cut(address: str, sent: bytes, drip: bytes) -> float:
    """Seconds until a connection that goes on so slowly is cut; fails after 20."""
    host, port = address.removeprefix("http://").rsplit(":", 1)
    started = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=0.3) as connection:
        connection.sendall(sent)
        while time.monotonic() - started < 20:
            try:
                if drip:
                    connection.sendall(drip)
                if connection.recv(4096) == b"":
                    return time.monotonic() - started
            except TimeoutError:
                continue
            except OSError:
                return time.monotonic() - started
    raise AssertionError("the connection is never cut")


def test_slow_and_silent_connections_are_cut(tmp_path: Path) -> None:
    environment = {"RUNVAULT_LIMITS_HEADER_TIMEOUT_S": "1", "RUNVAULT_LIMITS_BODY_TIMEOUT_S": "2"}
    service = start_service(tmp_path, environment)
    try:
        start = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\n"
        assert is_cut(service.otlp_http, start, b"x: y\r\n") < 10, "headers a line at a time"
        assert is_cut(service.otlp_http, b"", b"") < 10, "nothing at all"
        body = start + b"content-type: application/x-protobuf\r\ncontent-length: 100000\r\n\r\n"
        assert is_cut(service.otlp_http, body, b"x") < 12, "a body a byte at a time"
        assert is_cut(service.otlp_grpc, b"", b"") < 10, "gRPC: half open"
    finally:
        assert service.stop() == 0
