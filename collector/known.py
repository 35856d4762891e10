"""What the store knows of some traces: their steps, and of which days steps were there once and are gone."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from schema.columns import BY_NAME, RESOLVED, STEPS, columns_of
from schema.statements import read_query, split_ids
from schema.store import Store

RESOLVED_NAMES = tuple(column.name for column in RESOLVED if column.name != "AssembledAt")
FIELDS = [pa.field(name, BY_NAME[name].arrow) for name in (*columns_of(STEPS), *RESOLVED_NAMES, "AssembledAt")]
HASH = pa.field("TraceHash", pa.uint64())


def read_steps(
    store: Store, tenant: str, trace_ids: Sequence[str], fields: Sequence[pa.Field] = FIELDS
) -> tuple[pa.Table, dict[str, set[date]]]:
    """All steps of some traces, and trace → days whose steps are gone. `trace_days` says which traces are there, and
    in which partitions; it outlives the steps. `fields` are what is wanted of a step, its day among them. Raises
    StoreError."""
    tables = [pa.schema(fields).empty_table()]
    gone: dict[str, set[date]] = {}
    for part in split_ids(trace_ids):
        known, missing = _read_part(store, tenant, part, fields)
        tables.append(known)
        if missing:
            gone |= _name_traces(store, part, missing)
    return pa.concat_tables(tables), gone


def read_names(store: Store, sql: str, tenant: str, ids: Sequence[str]) -> set[str]:
    """Column `Name` of a question about some `ids`, which are given in parts. Raises StoreError."""
    found: set[str] = set()
    for part in split_ids(ids):
        rows = store.query(sql, {"tenant": tenant, "ids": part}, tag="runvault.assemble")
        found |= {row["Name"] for row in rows}
    return found


def _read_part(
    store: Store, tenant: str, trace_ids: list[str], fields: Sequence[pa.Field]
) -> tuple[pa.Table, set[tuple[int, date]]]:
    parameters: dict[str, Any] = {"tenant": tenant, "trace_ids": trace_ids}
    days = store.query(read_query("find_trace_days"), parameters, tag="runvault.assemble")
    if not days:
        return pa.schema(fields).empty_table(), set()
    expected = {(row["TraceHash"], row["Day"]) for row in days}
    parameters |= {"days": sorted({day for _, day in expected}), "hashes": sorted({trace for trace, _ in expected})}
    columns = ", ".join(f"`{field.name}`" for field in fields)
    known = store.query_arrow(
        f"SELECT {columns}, cityHash64(TraceId) AS TraceHash FROM steps FINAL"  # noqa: S608 - our own column names
        " WHERE Tenant = {tenant:String} AND Day IN {days:Array(Date)} AND TraceId IN {trace_ids:Array(String)}"
        " AND TraceHash IN {hashes:Array(UInt64)}",
        parameters,
        tag="runvault.assemble",
    ).cast(pa.schema([*fields, HASH]))
    there = known.group_by(["TraceHash", "Day"]).aggregate([])
    found = set(zip(there["TraceHash"].to_pylist(), there["Day"].to_pylist(), strict=True))
    return known.drop_columns(["TraceHash"]), expected - found


def _name_traces(store: Store, trace_ids: list[str], missing: set[tuple[int, date]]) -> dict[str, set[date]]:
    """The hashes' traces. Asked only when something is gone."""
    rows = store.query(
        "SELECT TraceId, cityHash64(TraceId) AS TraceHash FROM (SELECT arrayJoin({trace_ids:Array(String)}) AS TraceId)"
        " WHERE TraceHash IN {hashes:Array(UInt64)}",
        {"trace_ids": trace_ids, "hashes": sorted({trace for trace, _day in missing})},
        tag="runvault.assemble",
    )
    names = {row["TraceHash"]: row["TraceId"] for row in rows}
    days: dict[str, set[date]] = defaultdict(set)
    for trace, day in missing:
        days[names[trace]].add(day)
    return dict(days)
