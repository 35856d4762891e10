"""OTLP/JSON requests built by hand: spans of a few words, for tests that go the real way in."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOON_NS = 1_793_534_400_000_000_000  # 2026-11-01T12:00:00Z


def make_id(name: str, digits: int = 16) -> str:
    """A span or trace id that follows from a name."""
    return hashlib.md5(name.encode()).hexdigest()[:digits]


@dataclass(frozen=True)
class SpanOf:
    """A span: whose trace, its name, when it began and how long it took (seconds after noon), and what it says."""

    trace: str
    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    start: float = 0
    seconds: float = 1
    status: int = 0
    scope: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Trace and span id."""
        return make_id(self.trace, 32), make_id(f"{self.trace}/{self.name}")


def make_request(*spans: SpanOf, resource: Mapping[str, Any] | None = None) -> bytes:
    """A traces request."""
    resource = {"service.name": "agents", **(resource or {})}
    return json.dumps(
        {
            "resourceSpans": [
                {
                    "resource": {"attributes": _list(resource)},
                    "scopeSpans": [{"scope": {"name": span.scope}, "spans": [_encode(span)]} for span in spans],
                }
            ]
        }
    ).encode()


def make_logs(scope: str, *records: tuple[SpanOf, float, Mapping[str, Any]]) -> bytes:
    """A logs request: each record names a span, says when it was (seconds after noon), and its attributes."""
    return json.dumps(
        {
            "resourceLogs": [
                {
                    "resource": {"attributes": _list({"service.name": "agents"})},
                    "scopeLogs": [
                        {
                            "scope": {"name": scope},
                            "logRecords": [
                                {
                                    "traceId": span.key[0], "spanId": span.key[1],
                                    "timeUnixNano": str(NOON_NS + int(at * 10**9)),
                                    "eventName": str(attributes.get("event.name", "")),
                                    "attributes": _list(attributes),
                                }
                                for span, at, attributes in records
                            ],
                        }
                    ],
                }
            ]
        }
    ).encode()  # fmt: skip


def _encode(span: SpanOf) -> dict[str, Any]:
    trace, own = span.key
    start = NOON_NS + int(span.start * 10**9)
    return {
        "traceId": trace, "spanId": own, "name": span.name, "kind": 1,
        "parentSpanId": make_id(f"{span.trace}/{span.parent}") if span.parent else "",
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + int(span.seconds * 10**9)),
        "attributes": _list(span.attributes), "status": {"code": span.status},
    }  # fmt: skip


def _list(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": str(value)}
