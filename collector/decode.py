"""The only door to opentelemetry.proto: OTLP bytes in, spans out.

OTLP/JSON differs from protobuf's own JSON in that ids are hex, not base64
(https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), so they are turned over before parsing.
"""

import base64
import binascii
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError as ProtobufDecodeError
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from collector.spans import Attributes, Event, Link, LogRecord, Resource, Scope, Span, Value
from schema.errors import DecodeError

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


@dataclass(slots=True)
class Decoded:
    """Spans that can be kept, and how many were refused for which reason."""

    spans: list[Span] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class DecodedLogs:
    """Log records that can be read, and how many were refused for which reason."""

    records: list[LogRecord] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


def decode_traces(body: bytes, content_type: str) -> Decoded:
    """Read an ExportTraceServiceRequest. Raises DecodeError when the bytes are not one.

    Spans with ids of wrong length are refused one by one; the others are kept.
    """
    request = ExportTraceServiceRequest()
    _parse(request, body, content_type)
    decoded = Decoded()
    for resource_spans in request.resource_spans:
        resource = Resource(_attributes(resource_spans.resource.attributes))
        for scope_spans in resource_spans.scope_spans:
            wire_scope = scope_spans.scope
            scope = Scope(wire_scope.name, wire_scope.version, _attributes(wire_scope.attributes))
            for wire_span in scope_spans.spans:
                problem = _find_problem(wire_span)
                if problem:
                    decoded.refused[problem] += 1
                else:
                    decoded.spans.append(_read_span(wire_span, resource, scope))
    return decoded


def decode_logs(body: bytes, content_type: str) -> DecodedLogs:
    """Read an ExportLogsServiceRequest. Raises DecodeError when the bytes are not one.

    A record names a span or none; ids of wrong length are refused record by record.
    """
    request = ExportLogsServiceRequest()
    _parse(request, body, content_type)
    decoded = DecodedLogs()
    for resource_logs in request.resource_logs:
        resource = Resource(_attributes(resource_logs.resource.attributes))
        for scope_logs in resource_logs.scope_logs:
            wire_scope = scope_logs.scope
            scope = Scope(wire_scope.name, wire_scope.version, _attributes(wire_scope.attributes))
            for wire_record in scope_logs.log_records:
                if len(wire_record.trace_id) not in (0, 16) or len(wire_record.span_id) not in (0, 8):
                    decoded.refused["trace id or span id of wrong length"] += 1
                else:
                    decoded.records.append(_read_record(wire_record, resource, scope, len(decoded.records)))
    return decoded


def count_data_points(body: bytes, content_type: str) -> int:
    """Number of data points in an ExportMetricsServiceRequest. Raises DecodeError."""
    request = ExportMetricsServiceRequest()
    _parse(request, body, content_type)
    metrics = [
        metric for resource in request.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics
    ]
    return sum(len(getattr(metric, metric.WhichOneof("data") or "gauge").data_points) for metric in metrics)


def _parse(request: Message, body: bytes, content_type: str) -> None:
    if content_type == JSON:
        _parse_json(request, body)
        return
    try:
        request.ParseFromString(body)
    except ProtobufDecodeError as error:
        raise DecodeError("the body is not a protobuf message of this OTLP request") from error


def _parse_json(request: Message, body: bytes) -> None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the body is not JSON (near byte {error.pos})") from error
    if not isinstance(document, dict):
        raise DecodeError("the body is not a JSON object")
    try:
        for holder in _find_id_holders(document):
            _convert_ids(holder)
        ParseDict(document, request, ignore_unknown_fields=True)
    except (ParseError, TypeError, AttributeError, ValueError, RecursionError) as error:
        # the parser's message may quote a value: only its kind is told
        raise DecodeError(f"the JSON does not fit this OTLP request ({type(error).__name__})") from error


def _find_id_holders(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The spans or log records of a request: what carries ids."""
    holders: list[dict[str, Any]] = []
    for resource in document.get("resourceSpans") or document.get("resource_spans") or ():
        for scope in resource.get("scopeSpans") or resource.get("scope_spans") or ():
            holders.extend(scope.get("spans") or ())
    for resource in document.get("resourceLogs") or document.get("resource_logs") or ():
        for scope in resource.get("scopeLogs") or resource.get("scope_logs") or ():
            holders.extend(scope.get("logRecords") or scope.get("log_records") or ())
    return holders


def _convert_ids(span: dict[str, Any]) -> None:
    """Hex ids to the base64 that the protobuf parser reads; what is not hex becomes an id of wrong length."""
    for holder in (span, *(span.get("links") or ())):
        for key in ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"):
            text = holder.get(key)
            if text:
                try:
                    raw = binascii.unhexlify(text)
                except (binascii.Error, ValueError, TypeError):
                    raw = b"?"
                holder[key] = base64.b64encode(raw).decode()


def _find_problem(span: trace_pb2.Span) -> str:
    """Why this span cannot be kept, or nothing (W3C trace context: ids of 16 and 8 bytes, not all zero)."""
    if len(span.trace_id) != 16 or not any(span.trace_id):
        return "trace id is not 16 bytes, or all zero"
    if len(span.span_id) != 8 or not any(span.span_id):
        return "span id is not 8 bytes, or all zero"
    if len(span.parent_span_id) not in (0, 8):
        return "parent span id is not 8 bytes"
    return ""


def _read_span(span: trace_pb2.Span, resource: Resource, scope: Scope) -> Span:
    parent = span.parent_span_id
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_span_id=parent.hex() if any(parent) else "",
        trace_state=span.trace_state,
        name=span.name,
        kind=span.kind,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        attributes=_attributes(span.attributes),
        status_code=span.status.code,
        status_message=span.status.message,
        resource=resource,
        scope=scope,
        events=[Event(event.time_unix_nano, event.name, _attributes(event.attributes)) for event in span.events],
        links=[
            Link(link.trace_id.hex(), link.span_id.hex(), link.trace_state, _attributes(link.attributes))
            for link in span.links
        ],
    )


def _read_record(record: logs_pb2.LogRecord, resource: Resource, scope: Scope, position: int) -> LogRecord:
    attributes = _attributes(record.attributes)
    named = record.event_name or attributes.get("event.name")
    return LogRecord(
        trace_id=record.trace_id.hex() if any(record.trace_id) else "",
        span_id=record.span_id.hex() if any(record.span_id) else "",
        time_ns=record.time_unix_nano or record.observed_time_unix_nano,
        name=named if isinstance(named, str) else "",
        body=_value(record.body, record.body.WhichOneof("value")),
        attributes=attributes,
        resource=resource,
        scope=scope,
        position=position,
    )


def _attributes(pairs: Any) -> Attributes:
    result: Attributes = {}
    for pair in pairs:
        value = pair.value
        text = value.string_value  # asked first: most values are text, and asking for the kind costs as much again
        result[pair.key] = text or _value(value, value.WhichOneof("value"))
    return result


def _value(value: AnyValue, kind: str | None) -> Value:
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(item, item.WhichOneof("value")) for item in value.array_value.values]
    if kind == "kvlist_value":
        pairs: list[KeyValue] = list(value.kvlist_value.values)
        return {pair.key: _value(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
    result: Value = getattr(value, kind)
    return result
