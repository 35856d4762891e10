"""Every place of a batch is walked, whatever its kind; numbers and ids pass untouched."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from redaction.redactor import Redactor
from redaction.walk import redact_spans
from schema.batch import INPUT_COLUMNS, SpanBatch
from schema.columns import BY_NAME, JOURNAL_SCHEMA, Scan
from schema.errors import RedactionError

CANARY = "ana@example.com"


def empty_value(name: str) -> Any:
    """A neutral value of the column's type."""
    column = BY_NAME[name]
    arrow = str(column.arrow)
    if arrow.startswith("list"):
        return []
    if column.scan is Scan.MAP:
        return {}
    if arrow.startswith("decimal"):
        return Decimal("0.25")
    if arrow == "date32[day]":
        return datetime.date(2026, 11, 1)
    if arrow == "double":
        return None
    if arrow in ("string",):
        return ""
    return 1_793_520_000_000_000_001 if arrow.startswith("timestamp[ns") else 7


def make_batch(rows: int = 1, **columns: Any) -> SpanBatch:
    """A batch of neutral rows; `columns` gives one value for all rows of a column (dots written as `__`)."""
    values = {name: empty_value(name) for name in INPUT_COLUMNS} | {"Tenant": "t"}
    values |= {name.replace("__", "."): value for name, value in columns.items()}
    return SpanBatch({name: [value] * rows for name, value in values.items()})


PLANTED: dict[Scan, Any] = {
    Scan.TEXT: f"see {CANARY}",
    Scan.TEXTS: ["x", CANARY],
    Scan.MAP: {"a": CANARY, CANARY: "b"},
    Scan.MAPS: [{}, {"a": CANARY}],
}


@pytest.mark.parametrize("name", [name for name in INPUT_COLUMNS if BY_NAME[name].scan is not Scan.NONE])
def test_canary_in_every_column_is_gone(redactor: Redactor, name: str) -> None:
    planted = PLANTED[BY_NAME[name].scan]
    batch = redact_spans(make_batch(**{name.replace(".", "__"): planted}), redactor)
    row = batch.table.to_pylist()[0]
    assert CANARY not in str(row)
    expected = 2 if BY_NAME[name].scan is Scan.MAP else 1
    assert batch.findings == {"EMAIL_ADDRESS": expected}
    assert row["RedactionFindings"] == [("EMAIL_ADDRESS", expected)]
    assert row["PolicyVersion"] == redactor.policy_version


def test_values_that_are_not_text_pass_untouched(redactor: Redactor) -> None:
    batch = redact_spans(make_batch(3, ModelCostUsd=Decimal("0.0000012345678"), TraceId="0" * 32), redactor)
    assert batch.table.schema.equals(JOURNAL_SCHEMA)
    row = batch.table.to_pylist()[2]
    assert row["ModelCostUsd"] == Decimal("0.000001234568")
    assert row["TraceId"] == "0" * 32
    assert batch.table["Timestamp"].cast("int64").to_pylist() == [1_793_520_000_000_000_001] * 3
    assert (batch.findings, batch.failed_closed, len(batch)) == ({}, 0, 3)


def test_scanned_bytes_are_utf8_bytes(redactor: Redactor) -> None:
    batch = redact_spans(make_batch(2, SpanName="é" * 10, SpanAttributes={"key": "valuë"}), redactor)
    assert batch.table["RedactionBytes"].to_pylist() == [29, 29]  # 20 + 3 + 6
    assert batch.scanned_bytes == 58


def test_equal_keys_keep_both_values_and_tenants_differ(redactor: Redactor) -> None:
    source = make_batch(2, SpanAttributes={CANARY: "1", CANARY.upper(): "2"})
    source.columns["Tenant"] = ["one", "two"]
    table = redact_spans(source, redactor).table
    first, second = (dict(entries) for entries in table["SpanAttributes"].to_pylist())
    assert sorted(first.values()) == ["1", "2"]
    assert set(first).isdisjoint(second)


def test_secret_only_by_its_key(redactor: Redactor) -> None:
    attributes = {"db.password": "swordfish", "http.request.header.authorization": "Bearer abcd", "note": "swordfish"}
    for _ in range(2):  # the second time every value is known
        row = redact_spans(make_batch(SpanAttributes=attributes), redactor).table.to_pylist()[0]
        redacted = dict(row["SpanAttributes"])
        assert redacted["db.password"].startswith("<PASSWORD_")
        assert redacted["http.request.header.authorization"].startswith("Bearer <AUTH_HEADER_")
        assert redacted["note"] == "swordfish"


def test_column_that_does_not_fit_is_named_without_its_value(redactor: Redactor) -> None:
    with pytest.raises(RedactionError, match="column Duration does not fit") as raised:
        redact_spans(make_batch(Duration="ana@example.com"), redactor)
    assert CANARY not in str(raised.value)
    assert raised.value.__cause__ is None
