"""Spans out of OTLP/JSON, for tests of what comes after decode; ids stay the hex that they are."""

import json
from pathlib import Path
from typing import Any

from collector.spans import Attributes, Event, Link, Resource, Scope, Span, Value

GOLDEN = Path(__file__).parents[1] / "golden" / "otlp"


def load_sample(name: str) -> list[Span]:
    """All spans of tests/golden/otlp/{name}.json, in the order they were sent."""
    request = json.loads((GOLDEN / f"{name}.json").read_text())
    return [
        _span(raw, resource, scope)
        for group in request["resourceSpans"]
        for resource in [Resource(_attributes(group.get("resource", {})))]
        for lot in group["scopeSpans"]
        for scope in [_scope(lot.get("scope", {}))]
        for raw in lot["spans"]
    ]


def load_truth() -> dict[str, dict[str, Any]]:
    """The ground truth of every sample."""
    truth: dict[str, dict[str, Any]] = json.loads((GOLDEN / "expected.json").read_text())
    return truth


def make_span(
    attributes: Attributes | None = None,
    *,
    scope: str = "",
    resource: Attributes | None = None,
    name: str = "step",
    status: int = 0,
    events: list[Event] | None = None,
) -> Span:
    """A span that starts at one second and says no more than what is given."""
    return Span(
        trace_id="ab" * 16,
        span_id="cd" * 8,
        parent_span_id="",
        trace_state="",
        name=name,
        kind=1,
        start_ns=1_000_000_000,
        end_ns=2_000_000_000,
        attributes=attributes or {},
        status_code=status,
        status_message="",
        resource=Resource(resource or {}),
        scope=Scope(scope, "", {}),
        events=events or [],
    )


def _span(raw: dict[str, Any], resource: Resource, scope: Scope) -> Span:
    return Span(
        trace_id=raw["traceId"],
        span_id=raw["spanId"],
        parent_span_id=raw.get("parentSpanId", ""),
        trace_state=raw.get("traceState", ""),
        name=raw["name"],
        kind=raw.get("kind", 0),
        start_ns=int(raw["startTimeUnixNano"]),
        end_ns=int(raw["endTimeUnixNano"]),
        attributes=_attributes(raw),
        status_code=raw.get("status", {}).get("code", 0),
        status_message=raw.get("status", {}).get("message", ""),
        resource=resource,
        scope=scope,
        events=[
            Event(int(event.get("timeUnixNano", 0)), event["name"], _attributes(event))
            for event in raw.get("events", [])
        ],
        links=[
            Link(link["traceId"], link["spanId"], link.get("traceState", ""), _attributes(link))
            for link in raw.get("links", [])
        ],
    )


def _scope(raw: dict[str, Any]) -> Scope:
    return Scope(raw.get("name", ""), raw.get("version", ""), _attributes(raw))


def _attributes(raw: dict[str, Any]) -> Attributes:
    return {pair["key"]: _value(pair.get("value", {})) for pair in raw.get("attributes", [])}


def _value(raw: dict[str, Any]) -> Value:
    """An AnyValue; 64-bit integers may be JSON numbers or strings, and no member at all is a null."""
    if "intValue" in raw:
        return int(raw["intValue"])
    if "arrayValue" in raw:
        return [_value(item) for item in raw["arrayValue"].get("values", [])]
    if "kvlistValue" in raw:
        return {pair["key"]: _value(pair.get("value", {})) for pair in raw["kvlistValue"].get("values", [])}
    simple: Value = next(iter(raw.values()), None)
    return simple
