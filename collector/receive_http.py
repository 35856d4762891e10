"""OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp): `/v1/traces`, `/v1/logs`, `/v1/metrics`."""

from google.protobuf.message import Message
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from collector.decode import JSON, PROTOBUF
from collector.receiver import LOGS, METRICS, TRACES, Receiver
from collector.status import Failure, encode_failure, encode_message
from schema.errors import DecodeError, RunvaultError, TooLarge, UnsupportedMediaType

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
        try:
            if content_type not in (PROTOBUF, JSON):
                raise UnsupportedMediaType(f"content type must be {PROTOBUF} or {JSON}")
            body = await _read_body(request, self._receiver.settings.max_request_bytes)
        except RunvaultError as error:
            return _render(self._receiver.fail(self._signal, HTTP, error), content_type)
        encoding = request.headers.get("content-encoding", "")
        return _render(await self._receiver.receive(self._signal, HTTP, body, content_type, encoding), content_type)


async def _read_body(request: Request, limit: int) -> bytes:
    """The body as sent. Raises TooLarge as soon as it is over the limit, without reading the rest."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge(f"the request is over {limit} bytes")
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise TooLarge(f"the request is over {limit} bytes")
            parts.append(part)
    except ClientDisconnect as error:
        raise DecodeError("the sender went away in the middle of the body") from error
    return b"".join(parts)


def _render(answer: Message | Failure, content_type: str) -> Response:
    media_type = JSON if content_type == JSON else PROTOBUF
    if not isinstance(answer, Failure):
        return Response(encode_message(answer, media_type), 200, media_type=media_type)
    headers = {"Retry-After": str(answer.retry_after_s)} if answer.retry_after_s else {}
    return Response(encode_failure(answer, media_type), answer.http, headers, media_type)
