"""Hand-made rows: builders that fill in what a test does not care about, and the way into the tables."""

import hashlib
import itertools
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from schema.store import Store

Row = dict[str, Any]

BASE = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
BASE_NS = int(BASE.timestamp()) * 1_000_000_000
MS = 1_000_000
SECOND = 1_000_000_000
_tokens = itertools.count()


def trace_id(name: str) -> str:
    """A trace id that follows from a name."""
    return hashlib.md5(name.encode()).hexdigest()


def span_id(number: int) -> str:
    """A span id that follows from a number."""
    return f"{number:016x}"


def make_run(tenant: str, run_id: str, **fields: Any) -> Row:
    """A row of `runs`: a whole, successful run at noon, unless told otherwise."""
    row: Row = {
        "Tenant": tenant,
        "RunId": run_id,
        "TraceIds": [trace_id(run_id)],
        "Environment": "production",
        "RetentionClass": "standard",
        "Day": BASE.date(),
        "StartedAt": BASE_NS,
        "OutcomeStatus": "success",
        "RootSeen": 1,
        "RefreshedAt": 1,
        **fields,
    }
    row.setdefault("EndedAt", row["StartedAt"] + int(row.get("DurationMs", 0) * MS))
    return row


def make_step(tenant: str, run_id: str, number: int, **fields: Any) -> Row:
    """A row of `steps`, assembled: a counted call of a second that starts `number` seconds after noon."""
    return {
        "Tenant": tenant,
        "RunId": run_id,
        "TraceId": trace_id(run_id),
        "SpanId": span_id(number),
        "ParentSpanId": "" if number == 1 else span_id(1),
        "Environment": "production",
        "RetentionClass": "standard",
        "Day": BASE.date(),
        "ReceivedAt": BASE_NS // 1000,
        "Timestamp": BASE_NS + number * SECOND,
        "Duration": SECOND,
        "StatusCode": "Unset",
        "StepType": "agent" if number == 1 else "other",
        "SpanName": f"step {number}",
        "Depth": 0 if number == 1 else 1,
        "IsCall": 1,
        "IsCounted": 1,
        "AssembledAt": 1,
        "HasFailed": int(fields.get("StatusCode") == "Error"),
        **fields,
    }


def make_payload(tenant: str, run_id: str, number: int, **fields: Any) -> Row:
    """What was said in a step of `make_step`."""
    step = make_step(tenant, run_id, number)
    names = ("Tenant", "Environment", "RetentionClass", "Day", "ReceivedAt", "TraceId", "SpanId")
    return {**{name: step[name] for name in names}, **fields}


def insert_rows(store: Store, table: str, rows: list[Row]) -> None:
    """Insert rows; columns that a row does not name get the empty value of their type."""
    columns = store.query(
        "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}",
        {"table": table},
        tag="test",
    )
    arrays = {}
    for column in columns:
        kind, empty = _arrow_type(column["type"])
        values = [row.get(column["name"], empty) for row in rows]
        arrays[column["name"]] = pa.array(values, kind)
    unknown = {name for row in rows for name in row} - set(arrays)
    assert not unknown, f"no such columns in {table}: {unknown}"
    store.insert(table, pa.table(arrays), token=f"test-{next(_tokens)}")


def _arrow_type(kind: str) -> tuple[pa.DataType, Any]:
    kind = re.sub(r"LowCardinality\((\w+)\)", r"\1", kind)
    inner = re.fullmatch(r"(Array|Nullable)\((.*)\)", kind)
    if inner:
        of, _ = _arrow_type(inner[2])
        return (pa.list_(of), []) if inner[1] == "Array" else (of, None)
    entries = re.fullmatch(r"Map\((\w+), (\w+)\)", kind)
    if entries:
        return pa.map_(_arrow_type(entries[1])[0], _arrow_type(entries[2])[0]), []
    digits = re.fullmatch(r"Decimal\((\d+), (\d+)\)", kind)
    if digits:
        return pa.decimal128(int(digits[1]), int(digits[2])), Decimal(0)
    return {
        "String": (pa.string(), ""),
        "Date": (pa.date32(), date(1970, 1, 1)),
        "DateTime64(9)": (pa.timestamp("ns", tz="UTC"), 0),
        "DateTime64(6)": (pa.timestamp("us", tz="UTC"), 0),
        "DateTime64(3)": (pa.timestamp("ms", tz="UTC"), 0),
        "Float64": (pa.float64(), 0.0),
        "UInt8": (pa.uint8(), 0),
        "UInt32": (pa.uint32(), 0),
        "UInt64": (pa.uint64(), 0),
        "UUID": (pa.binary(16), bytes(16)),
    }[kind]
