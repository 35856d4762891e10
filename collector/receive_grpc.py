"""OTLP/gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): the Export call of the three services.

Requests arrive as bytes: decoding is the pipeline's stage, also here, so that both protocols answer alike.

To gRPC each Export is a stream of one message, which on the wire is the same call: so a sender is let in, or refused,
before its message is read. Until then gRPC's flow control keeps all but the first 64 KiB of it with the sender.
"""

import asyncio
from functools import partial
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import Message

from collector.decode import PROTOBUF
from collector.limits import Hold
from collector.receiver import LOGS, METRICS, TRACES, Receiver, ReceiverSettings, Sender
from collector.status import Failure, encode_retry_details
from schema.errors import DecodeError, OverloadedError, TooSlow

GRPC = "grpc"
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
MOST_WAITING = 256
"""Calls that wait for their message to be read; more are refused for now."""
SERVICES = {
    "opentelemetry.proto.collector.trace.v1.TraceService": TRACES,
    "opentelemetry.proto.collector.logs.v1.LogsService": LOGS,
    "opentelemetry.proto.collector.metrics.v1.MetricsService": METRICS,
}


def create_grpc_server(receiver: Receiver, address: str) -> tuple[grpc.aio.Server, int]:
    """A server bound to `host:port` (port 0 picks one), not yet started; and its port. gRPC itself inflates gzip."""
    limit = receiver.settings.max_request_bytes
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", limit),
            ("grpc.so_reuseport", 1),
            ("grpc.max_connection_idle_ms", 600_000),
            # half-open connections: one that never says hello, and one whose other end is gone
            ("grpc.server_handshake_timeout_ms", int(receiver.settings.header_timeout_s * 1000)),
            ("grpc.keepalive_time_ms", 60_000),
            ("grpc.keepalive_timeout_ms", 20_000),
            ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            # what of a message may arrive before it is read: fixed, not guessed from the line's speed
            ("grpc.http2.bdp_probe", 0),
            ("grpc.http2.lookahead_bytes", 65_536),
        ]
    )
    reader = MessageReader(receiver.settings)
    for service, signal in SERVICES.items():
        handler: grpc.RpcMethodHandler[bytes, Message] = grpc.stream_unary_rpc_method_handler(
            _Export(receiver, reader, signal).answer, None, _serialise
        )
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": handler}),))
    return server, server.add_insecure_port(address)


def _serialise(message: Message) -> bytes:
    return message.SerializeToString()


def _as_text(value: str | bytes | None) -> str | None:
    return value.decode("latin-1") if isinstance(value, bytes) else value


class MessageReader:
    """Reads only so many messages at once that the largest of them would still fit into the bytes in flight: gRPC tells
    nobody how large a message is before it holds it whole."""

    def __init__(self, settings: ReceiverSettings) -> None:
        self._places = asyncio.Semaphore(max(1, settings.max_in_flight_bytes // settings.max_request_bytes))
        self._timeout_s = settings.body_timeout_s
        self._waiting = 0

    async def read(self, context: Context, hold: Hold) -> bytes:
        """The message of a call. Raises OverloadedError, TooSlow, and DecodeError when there is none."""
        if self._waiting >= MOST_WAITING:
            raise OverloadedError("too many messages wait to be read, try again")
        self._waiting += 1
        try:
            async with self._places:
                body = await asyncio.wait_for(context.read(), self._timeout_s)
                if not isinstance(body, bytes):
                    raise DecodeError("the call holds no message")
                try:
                    hold.add(len(body))
                except OverloadedError:
                    del body  # the refusal's traceback must not hold what was refused
                    raise
                return body
        except TimeoutError as error:
            raise TooSlow(f"the message did not arrive within {self._timeout_s:g} s") from error
        finally:
            self._waiting -= 1


class _Export:
    def __init__(self, receiver: Receiver, reader: MessageReader, signal: str) -> None:
        self._receiver = receiver
        self._reader = reader
        self._signal = signal

    async def answer(self, _messages: object, context: Context) -> Message:
        metadata = dict(context.invocation_metadata() or ())
        sender = Sender(_as_text(metadata.get("authorization")), context.peer())
        read = partial(self._reader.read, context)
        answer = await self._receiver.receive(self._signal, GRPC, sender, read, PROTOBUF, "identity")
        if isinstance(answer, Failure):
            if answer.retry_after_s:
                context.set_trailing_metadata((("grpc-status-details-bin", encode_retry_details(answer)),))
            await context.abort(answer.grpc, answer.message)
        assert not isinstance(answer, Failure)
        return answer
