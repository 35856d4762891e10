"""What is known of the traces that a batch touches, from memory or from the store: read once for all that needs it.

A run is rolled up from all of its steps, so whoever knows one of its traces must know them all, and so on through the
other runs of those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from collector.known import FIELDS, read_steps
from collector.memory import Memory
from schema.run_traces import find_traces
from schema.store import Store

_SEEN = ("TraceId", "SpanId", "AssembledAt", "Day", "RunId", "OwnRunId", "Dialect", "SessionId")
SEEN = [field for field in FIELDS if field.name in _SEEN]
"""What says which steps there are, in which version, of which runs, and what records may tell of them."""


@dataclass(frozen=True, slots=True)
class Known:
    """Steps of one tenant's traces before a batch; and trace → days whose steps are gone."""

    steps: pa.Table
    gone: Mapping[str, set[date]] = field(default_factory=dict)


def gather_known(
    store: Store,
    memory: Memory,
    arrived: pa.Table,
    touched: Mapping[str, Sequence[str]],
    fields: Sequence[pa.Field] = FIELDS,
) -> dict[str, Known]:
    """Tenant → what is known of the traces that `arrived`, of those of `touched` (tenant → traces), and of all that
    share a run with one of them, over however many others. `fields` are what is wanted of a step, at least `SEEN`.
    Raises StoreError."""
    tenants = sorted({*pc.unique(arrived["Tenant"]).to_pylist(), *touched})
    known = {}
    for tenant in tenants:
        mine = arrived.filter(pc.equal(arrived["Tenant"], tenant)) if len(tenants) > 1 else arrived
        known[tenant] = _gather(store, memory, tenant, mine, touched.get(tenant, ()), fields)
    return known


def _gather(
    store: Store, memory: Memory, tenant: str, arrived: pa.Table, touched: Sequence[str], fields: Sequence[pa.Field]
) -> Known:
    traces: set[str] = set()
    gone: dict[str, set[date]] = {}
    tables: list[pa.Table] = []
    settled: set[str] = set()
    wanted = {*_list_names(arrived, "TraceId"), *touched}
    names = {*_list_names(arrived, "OwnRunId"), *wanted}
    while wanted:
        remembered, missing = memory.recall(tenant, wanted, but=traces)
        steps, lost = read_steps(store, tenant, missing, fields)
        tables += (remembered.select(steps.column_names), steps)
        gone |= lost
        traces |= {*_list_names(remembered, "TraceId"), *missing}
        # a run whose steps are remembered was whole when they were written, and who added to it wrote them anew
        settled.update(_list_names(remembered, "TraceId", "RunId"))
        names |= _list_names(steps, "RunId", "OwnRunId")
        asked = names - settled
        settled |= asked
        wanted = find_traces(store, tenant, sorted(asked)) - traces
    return Known(pa.concat_tables(tables), gone)


def _list_names(table: pa.Table, *columns: str) -> set[str]:
    return {name for column in columns for name in pc.unique(table[column]).to_pylist() if name}
