"""Keep `runs` in step with `steps` and `outcomes`. The loader calls this after spans arrived, the API after an
outcome was said; both end in `schema/runs.py`, so a number has one meaning."""

import time
from collections.abc import Sequence
from typing import Any

import polars as pl
import pyarrow as pa

from schema.errors import StoreUnavailable
from schema.run_traces import find_traces
from schema.runs import roll_up
from schema.statements import read_query, split_ids
from schema.store import Store

MOST_LOOKS = 20
"""So often is what was worked out looked at again, before who asked is told to come later."""


def refresh_runs(store: Store, tenant: str, run_ids: Sequence[str], trace_ids: Sequence[str]) -> None:
    """Recompute the rows of these runs from the stored steps; `trace_ids` are all traces that hold them. Where steps
    have gone, only the outcome is renewed.

    Idempotent: the same steps and outcomes give the same row. Raises StoreError.
    """
    if not run_ids:
        return
    parameters: dict[str, Any] = {"tenant": tenant, "run_ids": list(run_ids), "trace_ids": list(trace_ids)}
    with store.assembling:
        refreshed_at = read_clock(store)
        if store.query(read_query("find_gone_days"), parameters, tag="runvault.refresh"):
            for said in store.query(read_query("latest_outcomes"), parameters, tag="runvault.refresh"):
                store.command(
                    read_query("renew_outcome"),
                    {
                        "tenant": tenant,
                        "run_id": said["RunId"],
                        "status": said["SaidStatus"],
                        "reason": said["SaidReason"],
                        "source": said["SaidSource"],
                        "at": said["SaidAt"],
                        "refreshed_at": refreshed_at,
                    },
                    tag="runvault.refresh",
                    spares_steps=True,
                )
            return
        steps = _read_steps(store, parameters)
        write_runs(store, tenant, steps, refreshed_at)
        if store.served:
            _agree(store, parameters, steps)


def _agree(store: Store, parameters: dict[str, Any], steps: pl.DataFrame) -> None:
    """Roll up again what a loader wrote about while it was rolled up from these steps: it is another process there, and
    this row may stand over its own (`collector/agreement.py` is the loader's half). Raises StoreError."""
    tenant, run_ids = parameters["tenant"], parameters["run_ids"]
    for _ in range(MOST_LOOKS):
        refreshed_at = read_clock(store)
        traces = {*parameters["trace_ids"], *find_traces(store, tenant, run_ids)}
        seen = _read_steps(store, {**parameters, "trace_ids": sorted(traces)})
        if seen.equals(steps):
            return
        steps = seen
        write_runs(store, tenant, steps, refreshed_at)
        retire_runs(store, tenant, run_ids, [], refreshed_at)  # a row on the day that the run seemed to begin
    raise StoreUnavailable("loaders write about the same runs all the time")


def _read_steps(store: Store, parameters: dict[str, Any]) -> pl.DataFrame:
    steps = pl.from_arrow(store.query_arrow(read_query("steps_of_runs"), parameters, tag="runvault.refresh"))
    assert isinstance(steps, pl.DataFrame)
    return steps.sort("TraceId", "SpanId") if store.served else steps


def write_runs(store: Store, tenant: str, steps: pl.DataFrame, refreshed_at: int) -> None:
    """Roll up runs from all of their steps, at hand in a frame, and write their rows. Raises StoreError.

    `refreshed_at` is the store's clock (`read_clock`) before the steps were read: who read later stands.
    """
    if len(steps):
        rows = roll_up(steps, _read_outcomes(store, tenant, steps), refreshed_at)
        store.insert("runs", rows, f"runs-{tenant}-{refreshed_at}-{len(steps)}")


_NOTHING_SAID = pl.DataFrame(
    schema=dict.fromkeys(("RunId", "SaidStatus", "SaidReason", "SaidSource"), pl.String)
    | {"SaidAt": pl.Datetime("us", "UTC")}
)


def _read_outcomes(store: Store, tenant: str, steps: pl.DataFrame) -> pl.DataFrame:
    """The word that stands of each of these steps' runs, for `roll_up`. A short question comes first, as most tenants
    say nothing afterwards: the whole one cost three times that for seventy runs, and more for more."""
    if not store.query(
        "SELECT 1 FROM outcomes WHERE Tenant = {tenant:String} LIMIT 1", {"tenant": tenant}, tag="runvault.refresh"
    ):
        return _NOTHING_SAID
    run_ids = steps["RunId"].unique().sort().to_list()
    answers = [
        store.query_arrow(read_query("latest_outcomes"), {"tenant": tenant, "run_ids": some}, tag="runvault.refresh")
        for some in split_ids(run_ids)
    ]
    said = pl.from_arrow(pa.concat_tables(answers))
    assert isinstance(said, pl.DataFrame)
    return said.with_columns(pl.col("SaidAt").cast(pl.Datetime("us", "UTC")))


def retire_runs(
    store: Store,
    tenant: str,
    run_ids: Sequence[str],
    trace_ids: Sequence[str],
    refreshed_before: int,
    closed: Sequence[str] = (),
) -> None:
    """Take away rows about these traces or runs that are older than `refreshed_before` (microseconds since 1970, of
    the store's clock): runs that turned out to be part of another, or moved to another day. `closed` runs stay.
    Raises StoreError."""
    runs, traces = list(split_ids(run_ids)), list(split_ids(trace_ids))
    for number in range(max(len(runs), len(traces))):
        parameters = {
            "tenant": tenant,
            "run_ids": runs[number] if number < len(runs) else [],
            "trace_ids": traces[number] if number < len(traces) else [],
            "refreshed_before": refreshed_before,
            "closed": list(closed),
        }
        store.command(read_query("retire_runs"), parameters, tag="runvault.retire", spares_steps=True)


def read_clock(store: Store, after: int = 0) -> int:
    """The store's clock, microseconds since 1970, made to go forwards only: who reads later has the greater number,
    and one greater than `after`, which another process may have had from a server whose clock is ahead.

    Should the clock have been set back, it goes on from the latest number that stands in the store. Raises StoreError.
    """
    return store.advance_clock(max(_read_now(store), after + 1), lambda: _read_latest(store))


def _read_now(store: Store) -> int:
    if not store.served:  # the engine's clock is this machine's
        return time.time_ns() // 1000
    rows = store.query("SELECT toUInt64(toUnixTimestamp64Micro(now64(6))) AS now", tag="runvault.clock")
    return int(rows[0]["now"])


def _read_latest(store: Store) -> int:
    rows = store.query(read_query("latest_clock"), tag="runvault.clock")
    return int(rows[0]["latest"])
