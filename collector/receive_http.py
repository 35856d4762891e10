"""OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp): `/v1/traces`, `/v1/logs`, `/v1/metrics`."""

import asyncio
from functools import partial

from google.protobuf.message import Message
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from collector.decode import JSON, PROTOBUF
from collector.limits import Hold
from collector.receiver import LOGS, METRICS, TRACES, Receiver, Sender
from collector.status import Failure, encode_failure, encode_message, make_headers
from schema.errors import DecodeError, RunvaultError, TooLarge, TooSlow, UnsupportedMediaType

HTTP = "http"


def create_http_app(receiver: Receiver) -> Starlette:
    """The OTLP/HTTP application. Other methods than POST answer 405, other paths 404."""
    return Starlette(routes=[Route(f"/v1/{signal}", _Export(receiver, signal)) for signal in (TRACES, LOGS, METRICS)])


class _Export:
    """One signal's endpoint: an ASGI application, so that Starlette leaves the methods to us."""

    def __init__(self, receiver: Receiver, signal: str) -> None:
        self._receiver = receiver
        self._signal = signal

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method != "POST":
            return Response("only POST\n", 405, {"Allow": "POST"}, "text/plain")
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        encoding = request.headers.get("content-encoding", "")
        address = request.client.host if request.client else ""
        sender = Sender(request.headers.get("authorization"), address)
        read_body = partial(self._read_body, request, content_type)
        return _render(
            await self._receiver.receive(self._signal, HTTP, sender, read_body, content_type, encoding), content_type
        )

    async def _read_body(self, request: Request, content_type: str, hold: Hold) -> bytes:
        """The body as sent. Stops reading at once what is too large, too slow, or finds the house full."""
        settings = self._receiver.settings
        if content_type not in (PROTOBUF, JSON):
            raise UnsupportedMediaType(f"content type must be {PROTOBUF} or {JSON}")
        announced = request.headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > settings.max_request_bytes:
            raise TooLarge(f"the request is over {settings.max_request_bytes} bytes")
        parts, size = [], 0
        try:
            async with asyncio.timeout(settings.body_timeout_s):
                async for part in request.stream():
                    size += len(part)
                    if size > settings.max_request_bytes:
                        raise TooLarge(f"the request is over {settings.max_request_bytes} bytes")
                    hold.add(len(part))
                    parts.append(part)
        except TimeoutError as error:
            raise TooSlow(f"the body did not arrive within {settings.body_timeout_s:g} s") from error
        except ClientDisconnect as error:
            raise DecodeError("the sender went away in the middle of the body") from error
        except RunvaultError:
            parts.clear()  # the error's traceback holds this frame until Python next looks for cycles, which is rarely
            raise
        return b"".join(parts)


def _render(answer: Message | Failure, content_type: str) -> Response:
    media_type = JSON if content_type == JSON else PROTOBUF
    if not isinstance(answer, Failure):
        return Response(encode_message(answer, media_type), 200, media_type=media_type)
    return Response(encode_failure(answer, media_type), answer.http, make_headers(answer), media_type)
