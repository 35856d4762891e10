"""What is known of the traces that a batch touches, from memory or from the store: read once for all that needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from collector.known import read_names, read_steps
from collector.memory import Memory
from schema.store import Store


@dataclass(frozen=True, slots=True)
class Known:
    """Steps of one tenant's traces before a batch; and trace → days whose steps are gone."""

    steps: pa.Table
    gone: Mapping[str, set[date]] = field(default_factory=dict)


def gather_known(
    store: Store, memory: Memory, arrived: pa.Table, touched: Mapping[str, Sequence[str]]
) -> dict[str, Known]:
    """Tenant → what is known of the traces that `arrived`, of those of `touched` (tenant → traces), and of the other
    traces of their explicitly named runs. Raises StoreError."""
    tenants = sorted({*pc.unique(arrived["Tenant"]).to_pylist(), *touched})
    known = {}
    for tenant in tenants:
        mine = arrived.filter(pc.equal(arrived["Tenant"], tenant)) if len(tenants) > 1 else arrived
        known[tenant] = _gather(store, memory, tenant, mine, touched.get(tenant, ()))
    return known


def _gather(store: Store, memory: Memory, tenant: str, arrived: pa.Table, touched: Sequence[str]) -> Known:
    trace_ids = sorted({*pc.unique(arrived["TraceId"]).to_pylist(), *touched})
    known = _read(store, memory, tenant, trace_ids)
    said = pa.chunked_array([*arrived["OwnRunId"].chunks, *known.steps["OwnRunId"].chunks], pa.string())
    named = [run_id for run_id in pc.unique(said).to_pylist() if run_id]
    others = _find_other_traces(store, tenant, named, trace_ids)
    if not others:
        return known
    more = _read(store, memory, tenant, others)
    return Known(pa.concat_tables([known.steps, more.steps]), {**known.gone, **more.gone})


def _read(store: Store, memory: Memory, tenant: str, trace_ids: Sequence[str]) -> Known:
    remembered, missing = memory.recall(tenant, trace_ids)
    steps, gone = read_steps(store, tenant, missing)
    return Known(pa.concat_tables([remembered, steps]), gone)


def _find_other_traces(store: Store, tenant: str, run_ids: Sequence[str], known: Sequence[str]) -> list[str]:
    found = read_names(
        store,
        "SELECT DISTINCT arrayJoin(TraceIds) AS Name FROM runs FINAL"
        " WHERE Tenant = {tenant:String} AND RunId IN {ids:Array(String)}",
        tenant,
        run_ids,
    )
    return sorted(found.difference(known))
