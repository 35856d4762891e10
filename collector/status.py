"""How an error becomes an OTLP answer, in one place.

HTTP: https://opentelemetry.io/docs/specs/otlp/#failures-1 — 400 is final, 429 and 503 are retried, the body is a
google.rpc.Status in the request's encoding. gRPC: https://opentelemetry.io/docs/specs/otlp/#failures — UNAVAILABLE
is retried; RESOURCE_EXHAUSTED only when it carries RetryInfo.
"""

from dataclasses import dataclass

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from collector.decode import JSON
from schema.errors import (
    AccessError,
    DecodeError,
    OverloadedError,
    QuotaUsedUp,
    RateLimited,
    RunvaultError,
    TooLarge,
    TooSlow,
    Unauthenticated,
    UnsupportedMediaType,
)

RETRY_AFTER_S = 2


@dataclass(frozen=True, slots=True)
class Failure:
    """What a sender is told: the HTTP status, the gRPC code, and after how many seconds to try again (0: never)."""

    http: int
    grpc: grpc.StatusCode
    message: str
    retry_after_s: int = 0


def describe_failure(error: RunvaultError) -> Failure:
    """The answer to an error. Messages name the problem and never hold a value of a span."""
    message = str(error)
    if isinstance(error, UnsupportedMediaType):
        return Failure(415, grpc.StatusCode.INVALID_ARGUMENT, message)
    if isinstance(error, TooLarge):
        return Failure(413, grpc.StatusCode.RESOURCE_EXHAUSTED, message)
    if isinstance(error, TooSlow):
        return Failure(408, grpc.StatusCode.UNAVAILABLE, message, RETRY_AFTER_S)
    if isinstance(error, DecodeError):
        return Failure(400, grpc.StatusCode.INVALID_ARGUMENT, message)
    if isinstance(error, AccessError):
        return _describe_refusal(error)
    if isinstance(error, OverloadedError):
        return Failure(429, grpc.StatusCode.RESOURCE_EXHAUSTED, message, RETRY_AFTER_S)
    if error.retryable:
        return Failure(503, grpc.StatusCode.UNAVAILABLE, message, RETRY_AFTER_S)
    return Failure(500, grpc.StatusCode.INTERNAL, "internal error")


def _describe_refusal(error: AccessError) -> Failure:
    """What a key may not. A quota that is used up is no 429 and no RESOURCE_EXHAUSTED: SDKs would try again all day."""
    message = str(error)
    if isinstance(error, RateLimited):
        return Failure(429, grpc.StatusCode.RESOURCE_EXHAUSTED, message, error.retry_after_s)
    if isinstance(error, QuotaUsedUp):
        return Failure(403, grpc.StatusCode.FAILED_PRECONDITION, message)
    if isinstance(error, Unauthenticated):
        return Failure(401, grpc.StatusCode.UNAUTHENTICATED, message)
    return Failure(403, grpc.StatusCode.PERMISSION_DENIED, message)


def make_headers(failure: Failure) -> dict[str, str]:
    """The headers of an HTTP failure."""
    headers = {"Retry-After": str(failure.retry_after_s)} if failure.retry_after_s else {}
    if failure.http == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if failure.http == 408:
        headers["Connection"] = "close"  # nobody waits for the rest; what is too large is read on and thrown away
    return headers


def encode_failure(failure: Failure, content_type: str) -> bytes:
    """The google.rpc.Status body of an HTTP failure, in the request's encoding."""
    return encode_message(Status(code=failure.grpc.value[0], message=failure.message), content_type)


def encode_retry_details(failure: Failure) -> bytes:
    """`grpc-status-details-bin`: a google.rpc.Status that carries RetryInfo."""
    status = Status(code=failure.grpc.value[0], message=failure.message)
    status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=failure.retry_after_s)))
    encoded: bytes = status.SerializeToString()
    return encoded


def answer_traces(rejected: int, reason: str) -> ExportTraceServiceResponse:
    """Full success, or partial success with a count and a reason."""
    if not rejected:
        return ExportTraceServiceResponse()
    return ExportTraceServiceResponse(
        partial_success=ExportTracePartialSuccess(rejected_spans=rejected, error_message=reason)
    )


def answer_logs(rejected: int, reason: str) -> ExportLogsServiceResponse:
    """Full success, or partial success with a count and a reason."""
    if not rejected:
        return ExportLogsServiceResponse()
    return ExportLogsServiceResponse(
        partial_success=ExportLogsPartialSuccess(rejected_log_records=rejected, error_message=reason)
    )


def answer_metrics(rejected: int, reason: str) -> ExportMetricsServiceResponse:
    """Partial success: metrics are not kept."""
    return ExportMetricsServiceResponse(
        partial_success=ExportMetricsPartialSuccess(rejected_data_points=rejected, error_message=reason)
    )


def encode_message(message: Message, content_type: str) -> bytes:
    """A protobuf message in the encoding that the sender used."""
    if content_type == JSON:
        return MessageToJson(message, indent=None).encode()
    return message.SerializeToString()
