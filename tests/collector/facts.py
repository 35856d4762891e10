"""Steps for tests: `make_fact` fills what a test does not care about."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa

from collector.gather import gather_known
from collector.memory import Memory
from collector.traces import update_traces
from schema.columns import BY_NAME, STEPS, columns_of
from schema.store import Store

DAY = date(2026, 11, 20)
START = datetime(2026, 11, 20, 12, tzinfo=UTC)
START_NS = int(START.timestamp()) * 10**9


def make_fact(span: str, parent: str = "", step_type: str = "other", **values: Any) -> dict[str, Any]:
    """One row of `steps` as the collector makes it: every fact, nothing resolved."""
    row: dict[str, Any] = {}
    for name in columns_of(STEPS):
        kind = BY_NAME[name].arrow
        if pa.types.is_list(kind) or pa.types.is_map(kind):
            row[name] = []
        elif pa.types.is_string(kind):
            row[name] = ""
        elif BY_NAME[name].clickhouse.startswith("Nullable"):
            row[name] = None
        else:
            row[name] = 0
    row |= {"ModelCostUsd": Decimal(0), "ToolCostUsd": Decimal(0), "ReviewCostUsd": Decimal(0)}
    row |= {"Tenant": "default", "Environment": "test", "RetentionClass": "default", "Day": DAY}
    row |= {"ReceivedAt": START, "TraceId": "t1", "SpanId": span, "ParentSpanId": parent, "Timestamp": START_NS}
    row |= {"SpanName": span, "ServiceName": "svc", "Duration": 10**6, "StatusCode": "Ok", "StepType": step_type}
    row |= values
    return row | {"SaysFailed": values.get("SaysFailed", int(row["StatusCode"] == "Error"))}


def to_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as the Arrow table that the loader cuts out of a segment."""
    fields = [pa.field(name, BY_NAME[name].arrow) for name in columns_of(STEPS)]
    return pa.Table.from_arrays(
        [pa.array([row[field.name] for row in rows], type=field.type) for field in fields], schema=pa.schema(fields)
    )


def to_frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as the frame that is assembled: facts without maps and lists."""
    table = to_table(rows)
    plain = [name for name in table.column_names if not pa.types.is_nested(table.schema.field(name).type)]
    frame = pl.from_arrow(table.select(plain))
    assert isinstance(frame, pl.DataFrame)
    return frame


def assemble(store: Store, memory: Memory, rows: list[dict[str, Any]], token: str) -> None:
    """A batch of facts into steps and runs, as the loader does it."""
    arrived = to_table(rows)
    with store.assembling:
        update_traces(store, memory, arrived, gather_known(store, memory, arrived, {}), token)
