"""OTLP/gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): the Export call of the three services.

Requests arrive as bytes: decoding is the pipeline's stage, also here, so that both protocols answer alike.
"""

from functools import partial
from typing import Any

import grpc
from google.protobuf.message import Message

from collector.decode import PROTOBUF
from collector.limits import Hold
from collector.receiver import LOGS, METRICS, TRACES, Receiver, Sender
from collector.status import Failure, encode_retry_details

GRPC = "grpc"
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
        ]
    )
    for service, signal in SERVICES.items():
        handler: grpc.RpcMethodHandler[bytes, Message] = grpc.unary_unary_rpc_method_handler(
            _Export(receiver, signal).answer, None, _serialise
        )
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": handler}),))
    return server, server.add_insecure_port(address)


def _serialise(message: Message) -> bytes:
    return message.SerializeToString()


def _as_text(value: str | bytes | None) -> str | None:
    return value.decode("latin-1") if isinstance(value, bytes) else value


async def _hold_body(body: bytes, hold: Hold) -> bytes:
    hold.add(len(body))
    return body


class _Export:
    def __init__(self, receiver: Receiver, signal: str) -> None:
        self._receiver = receiver
        self._signal = signal

    async def answer(self, body: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> Message:
        metadata = dict(context.invocation_metadata() or ())
        sender = Sender(_as_text(metadata.get("authorization")), context.peer())
        read = partial(_hold_body, body)
        del body  # what is refused must not be held by the traceback of the refusal
        answer = await self._receiver.receive(self._signal, GRPC, sender, read, PROTOBUF, "identity")
        del read
        if isinstance(answer, Failure):
            if answer.retry_after_s:
                context.set_trailing_metadata((("grpc-status-details-bin", encode_retry_details(answer)),))
            await context.abort(answer.grpc, answer.message)
        assert not isinstance(answer, Failure)
        return answer
