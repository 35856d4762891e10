"""Keep a span where it was stored first: sent again it must meet its first row, or it would stand there twice.

The partition of a span is its day and its retention class. Both may come out otherwise the second time: the settings
name another tenant since, or a clock is believed no more. What the steps know decides.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from collector.gather import Known
from schema.columns import BY_NAME
from schema.statements import split_ids
from schema.store import Store

PARTITION = ("Day", "RetentionClass")
SPAN = ("TraceId", "SpanId")
RECORD = (*SPAN, "RecordId")
Row = dict[str, Any]


def settle_spans(spans: pa.Table, known: Mapping[str, Known]) -> pa.Table:
    """Spans with the day and class of their first row, where they have one. `known`: tenant → what is known of them."""
    return _settle(spans, SPAN, [gathered.steps for gathered in known.values() if gathered.steps.num_rows])


def settle_records(store: Store, records: pa.Table) -> pa.Table:
    """The same for log records. Raises StoreError."""
    known = [
        pa.Table.from_pylist([{"Tenant": tenant, **row} for row in rows])
        for tenant in pc.unique(records["Tenant"]).to_pylist()
        if (rows := _read_records(store, tenant, records.filter(pc.equal(records["Tenant"], tenant))))
    ]
    return _settle(records, RECORD, known)


def _settle(table: pa.Table, key: tuple[str, ...], known: Sequence[pa.Table]) -> pa.Table:
    if not known:
        return table
    columns = ["Tenant", *key, *PARTITION]
    rows = pl.from_arrow(table.select(columns))
    stored = pl.from_arrow(pa.concat_tables([steps.select([*columns, "ReceivedAt"]) for steps in known]))
    assert isinstance(rows, pl.DataFrame)
    assert isinstance(stored, pl.DataFrame)
    first = stored.sort("ReceivedAt").unique(["Tenant", *key], keep="first", maintain_order=True)
    both = rows.join(first, on=["Tenant", *key], how="left", suffix="First", maintain_order="left")
    for name in PARTITION:
        settled = both.select(pl.coalesce(f"{name}First", name)).to_series()
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), settled.to_arrow().cast(BY_NAME[name].arrow))
    return table


def _read_records(store: Store, tenant: str, rows: pa.Table) -> list[Row]:
    found: list[Row] = []
    for part in split_ids(rows["RecordId"].to_pylist()):
        found += store.query(
            "SELECT TraceId, SpanId, RecordId, Day, RetentionClass, ReceivedAt FROM span_supplements"
            " WHERE Tenant = {tenant:String} AND TraceId IN {trace_ids:Array(String)}"
            " AND RecordId IN {record_ids:Array(String)}",
            {"tenant": tenant, "trace_ids": pc.unique(rows["TraceId"]).to_pylist(), "record_ids": part},
            tag="runvault.settle",
        )
    return found
