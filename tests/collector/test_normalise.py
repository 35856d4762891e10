"""Normalising: each column in its place, clocks that cannot be believed, attributes sorted into row and payload."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from collector.normalise import normalise_spans
from collector.payload import LARGEST, split_attributes, to_text
from collector.spans import Event, Link
from schema.batch import INPUT_COLUMNS
from schema.columns import BY_NAME, MONEY
from schema.lifetimes import NEVER
from tests.collector.batches import make_context, make_spans

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 10**6
DAY_NS = 86_400 * 10**9
BYTES = "data:application/octet-stream;base64,"


def test_every_value_stands_in_its_column() -> None:
    (span,) = make_spans(1, start_ns=NOW_US * 1000)
    span.attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 5,
        "runvault.run.id": "run-9",
        "runvault.side_effect.type": "refund",
        "runvault.side_effect.id": "re_1",
        "runvault.budget.usd": 2.5,
    }
    span.events = [Event(5, "exception", {"exception.message": "boom"})]
    span.links = [Link("cd" * 16, "ef" * 8, "s=1", {"l": True})]
    span.resource.attributes = {"service.name": "svc", "deployment.environment": "staging", "service.version": "1.2"}
    columns = normalise_spans([span], make_context(NOW_US)).columns
    assert tuple(columns) == INPUT_COLUMNS
    row = {name: values[0] for name, values in columns.items()}
    expected: dict[str, Any] = {
        "Tenant": "default", "Environment": "staging", "ServiceName": "svc", "ServiceVersion": "1.2",
        "Day": date(2026, 11, 20), "TraceId": "ab" * 16, "SpanId": "0000000000000001", "SpanKind": "Internal",
        "StatusCode": "Unset", "Events.Name": ["exception"], "Events.Timestamp": [5],
        "Events.Attributes": [{"exception.message": "boom"}], "Links.TraceId": ["cd" * 16],
        "Links.Attributes": [{"l": "true"}], "StepType": "model_call", "Model": "gpt-4o", "InputTokens": 7,
        "OutputTokens": 5, "OwnRunId": "run-9", "SideEffects": ["refund:re_1"], "BudgetUsd": 2.5, "Duration": 10,
        "ClockSkewed": 0, "PriceStatus": "priced",
        # gpt-4o: 2.5 USD and 10 USD per million tokens: 7 x 2.5e-6 + 5 x 10e-6
        "ModelCostUsd": Decimal("0.0000675"),
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_every_column_gets_what_its_type_takes() -> None:
    columns = normalise_spans(make_spans(2), make_context()).columns
    for name, values in columns.items():
        kind = BY_NAME[name].arrow
        if kind == MONEY:
            assert all(isinstance(value, Decimal) for value in values), name
        elif str(kind) == "string":
            assert all(isinstance(value, str) for value in values), name


@pytest.mark.parametrize(
    ("start_ns", "end_ns", "day", "skewed", "duration"),
    [
        (NOW_US * 1000, NOW_US * 1000 + 5, NOW.date(), 0, 5),
        (NOW_US * 1000, NOW_US * 1000 - 5, NOW.date(), 1, 0),
        (0, 0, NEVER, 1, 0),
        (NOW_US * 1000 + 2 * DAY_NS, NOW_US * 1000 + 2 * DAY_NS, NEVER, 1, 0),
        (NOW_US * 1000 - 399 * DAY_NS, NOW_US * 1000, date(2025, 10, 17), 0, 399 * DAY_NS),
        (NOW_US * 1000 - 401 * DAY_NS, NOW_US * 1000, NEVER, 1, 401 * DAY_NS),
        (2**64 - 1, 2**64 - 1, NEVER, 1, 0),
        (1, 2**64 - 1, NEVER, 1, LARGEST - 1),
    ],
)
def test_a_clock_that_cannot_be_believed_is_flagged(
    start_ns: int, end_ns: int, day: date, skewed: int, duration: int
) -> None:
    (span,) = make_spans(1)
    span.start_ns, span.end_ns = start_ns, end_ns
    columns = normalise_spans([span], make_context(NOW_US)).columns
    row = {name: columns[name][0] for name in ("Day", "ClockSkewed", "Duration", "Timestamp")}
    assert row == {"Day": day, "ClockSkewed": skewed, "Duration": duration, "Timestamp": min(start_ns, LARGEST)}


def test_long_and_named_texts_are_payload_and_absorbed_ones_are_gone() -> None:
    small, payload = split_attributes(
        {"a": "x", "long": "y" * 513, "input.value": "z", "llm.tools.0.tool.json_schema": "{}", "gone": "g", "n": 1},
        {"gone"},
    )
    assert small == {"a": "x", "n": "1"}
    assert set(payload) == {"long", "input.value", "llm.tools.0.tool.json_schema"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "true"), (False, "false"), (-3, "-3"), (0.5, "0.5"), ("x", "x"),
        (b"\xff\x00", f"{BYTES}/wA="),
        (["a", 1, {"b": None}], '["a",1,{"b":null}]'), ({"k": b"\x00"}, f'{{"k":"{BYTES}AA=="}}'),
        (float("nan"), "nan"),
    ],
)  # fmt: skip
def test_values_as_text(value: Any, text: str) -> None:
    assert to_text(value) == text
