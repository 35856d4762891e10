"""Keep a span where it was stored first: sent again it must meet its first row, or it would stand there twice.

The partition of a span is its day and its retention class. Both may come out otherwise the second time: the settings
name another tenant since, or a clock is believed no more. What the steps know decides.
"""

from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from schema.columns import BY_NAME
from schema.rollup import read_query, split_ids
from schema.store import Store

PARTITION = ("Day", "RetentionClass")
SPAN = ("TraceId", "SpanId")
RECORD = (*SPAN, "RecordId")
Row = dict[str, Any]


def settle_spans(store: Store, spans: pa.Table) -> pa.Table:
    """Spans with the day and class of their first row, where they have one. Raises StoreError."""
    return _settle(spans, SPAN, lambda tenant, rows: _read_spans(store, tenant, pc.unique(rows["TraceId"]).to_pylist()))


def settle_records(store: Store, records: pa.Table) -> pa.Table:
    """The same for log records. Raises StoreError."""
    return _settle(records, RECORD, lambda tenant, rows: _read_records(store, tenant, rows))


def _settle(table: pa.Table, key: tuple[str, ...], read: Callable[[str, pa.Table], list[Row]]) -> pa.Table:
    known = [
        {"Tenant": tenant, **row}
        for tenant in pc.unique(table["Tenant"]).to_pylist()
        for row in read(tenant, table.filter(pc.equal(table["Tenant"], tenant)))
    ]
    if not known:
        return table
    rows = pl.from_arrow(table.select(["Tenant", *key, *PARTITION]))
    assert isinstance(rows, pl.DataFrame)
    first = pl.DataFrame(known, orient="row").unique(["Tenant", *key], keep="first", maintain_order=True)
    both = rows.join(first, on=["Tenant", *key], how="left", suffix="First", maintain_order="left")
    for name in PARTITION:
        settled = both.select(pl.coalesce(f"{name}First", name)).to_series()
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), settled.to_arrow().cast(BY_NAME[name].arrow))
    return table


def _read_spans(store: Store, tenant: str, trace_ids: list[str]) -> list[Row]:
    found: list[Row] = []
    for part in split_ids(trace_ids):
        parameters: dict[str, Any] = {"tenant": tenant, "trace_ids": part}
        days = store.query(read_query("find_trace_days"), parameters, tag="runvault.settle")
        if days:
            parameters["days"] = sorted({row["Day"] for row in days})
            found += store.query(
                "SELECT TraceId, SpanId, Day, RetentionClass FROM steps WHERE Tenant = {tenant:String}"
                " AND Day IN {days:Array(Date)} AND TraceId IN {trace_ids:Array(String)} ORDER BY ReceivedAt",
                parameters,
                tag="runvault.settle",
            )
    return found


def _read_records(store: Store, tenant: str, rows: pa.Table) -> list[Row]:
    found: list[Row] = []
    for part in split_ids(rows["RecordId"].to_pylist()):
        found += store.query(
            "SELECT TraceId, SpanId, RecordId, Day, RetentionClass FROM span_supplements"
            " WHERE Tenant = {tenant:String} AND TraceId IN {trace_ids:Array(String)}"
            " AND RecordId IN {record_ids:Array(String)} ORDER BY ReceivedAt",
            {"tenant": tenant, "trace_ids": pc.unique(rows["TraceId"]).to_pylist(), "record_ids": part},
            tag="runvault.settle",
        )
    return found
