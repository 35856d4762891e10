"""What an OTLP file would become: for `runvault doctor mapping FILE`, on the user's own machine.

Nothing is stored and nothing is sent. Values are shown, so this is for the terminal of whoever holds the file.
"""

from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path

from collector.decode import JSON, PROTOBUF, decode_logs, decode_traces
from collector.dialects.reader import read_step
from collector.dialects.records import read_record
from collector.pricing import PriceBook
from collector.rules import Rules
from collector.spans import LogRecord, Span
from collector.steps import Score, Step

_LONGEST = 120
_HIDDEN = frozenset({"dialect", "step_type", "absorbed", "has_usage", "has_failed"})


@dataclass(frozen=True, slots=True)
class Explained:
    """One span or log record: its name, who understood it, what it is, its fields, and the attributes not used."""

    name: str
    dialect: str
    step_type: str
    fields: dict[str, str]
    price: str
    unread: list[str]


def explain_file(file: Path, rules: Rules | None, prices: PriceBook) -> list[Explained]:
    """A file of one OTLP export request, traces or logs, as JSON or protobuf. Raises DecodeError."""
    body = file.read_bytes()
    content_type = JSON if body.lstrip()[:1] == b"{" else PROTOBUF
    if content_type == JSON and (b'"resourceLogs"' in body or b'"resource_logs"' in body):
        return explain_logs(body, content_type)
    return explain_traces(body, content_type, rules, prices)


def explain_traces(body: bytes, content_type: str, rules: Rules | None, prices: PriceBook) -> list[Explained]:
    """Every span of a traces request as it would be understood. Raises DecodeError."""
    return [_explain_span(span, rules, prices) for span in decode_traces(body, content_type).spans]


def explain_logs(body: bytes, content_type: str) -> list[Explained]:
    """Every record of a logs request; one of no known dialect has none. Raises DecodeError."""
    return [_explain_record(record) for record in decode_logs(body, content_type).records]


def _explain_span(span: Span, rules: Rules | None, prices: PriceBook) -> Explained:
    step = read_step(span, rules.map_attributes if rules is not None else None)
    if rules is not None:
        rules.apply(step)
    price = prices.price(step, span.start_ns)
    told = f"{price.status} {price.cost_usd:f} USD {price.price_list}".strip() if price.status else ""
    values = set(_describe(step).values())
    unread = sorted(
        key for key, value in span.attributes.items() if key not in step.absorbed and _shorten(str(value)) not in values
    )
    return Explained(span.name, step.dialect, step.step_type, _describe(step), told, unread)


def _explain_record(record: LogRecord) -> Explained:
    supplement = read_record(record)
    if supplement is None:
        return Explained(record.name, "", "refused", {}, "", sorted(record.attributes))
    return Explained(
        record.name, supplement.dialect, supplement.target or supplement.kind, _describe(supplement.step), "", []
    )


def _describe(step: Step) -> dict[str, str]:
    """The fields that hold something, as short text."""
    described = {}
    for field in fields(Step):
        value = getattr(step, field.name)
        if field.name not in _HIDDEN and value not in (None, "", 0, [], set()):
            described[field.name] = _shorten(_write(value))
    return described


def _write(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_write(item) for item in value)
    if isinstance(value, Score):
        return f"{value.name}={value.label or value.value}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
