"""What is no longer worked out anew, because what it was worked out from has gone.

A run is closed when steps of any of its days have expired or been erased: its summary stands as it is, and what comes
later is kept as steps without changing it. A trace is settled when its log records may have expired: what they told of
its steps stands.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from collector.ages import Ages
from collector.known import read_names
from schema.classes import DataClass
from schema.store import Store

_SPAN = ["TraceId", "SpanId"]


def find_closed_runs(store: Store, tenant: str, gone: Mapping[str, set[date]], arrived: pa.Table) -> list[str]:
    """Runs that stand as they are. `gone` is trace → days whose steps are not stored; those that `arrived` brings are
    only being stored for the second time. Raises StoreError."""
    if not gone:
        return []
    brought = set(zip(arrived["TraceId"].to_pylist(), arrived["Day"].to_pylist(), strict=True))
    traces = sorted(trace for trace, days in gone.items() if any((trace, day) not in brought for day in days))
    closed = read_names(
        store,
        "SELECT RunId AS Name FROM runs FINAL WHERE Tenant = {tenant:String} AND IsDeleted = 0"
        " AND hasAny(TraceIds, {ids:Array(String)})",
        tenant,
        traces,
    )
    return sorted(closed)


def find_settled(steps: pa.Table, ages: Ages) -> list[str]:
    """Traces of which log records may have expired."""
    expired = ages.find_expired(steps, DataClass.PAYLOADS)
    return [] if expired is None else sorted(pc.unique(steps["TraceId"].filter(expired)).to_pylist())


def leave_settled(arrived: pa.Table, known: pa.Table, ages: Ages) -> pa.Table:
    """Without spans that are sent again after their records may have expired: what is known of them says more."""
    expired = ages.find_expired(arrived, DataClass.PAYLOADS)
    if expired is None:
        return arrived
    spans = pl.from_arrow(arrived.select(_SPAN).combine_chunks())
    before = pl.from_arrow(known.select(_SPAN).combine_chunks())
    assert isinstance(spans, pl.DataFrame)
    assert isinstance(before, pl.DataFrame)
    marked = spans.join(before.unique().with_columns(there=True), on=_SPAN, how="left", maintain_order="left")
    again = pc.and_(marked["there"].fill_null(False).to_arrow(), expired)
    return arrived.filter(pc.invert(again))
