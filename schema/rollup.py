"""Keep `runs` in step with `steps` and `outcomes`. The loader calls this after spans arrived, the API after an
outcome was said; both end in `schema/runs.py`, so a number has one meaning."""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from schema.runs import roll_up
from schema.store import Store


@cache
def read_query(name: str) -> str:
    """Text of `schema/queries/<name>.sql`."""
    return (resources.files("schema") / "queries" / f"{name}.sql").read_text("utf-8")


def refresh_runs(store: Store, tenant: str, run_ids: Sequence[str], trace_ids: Sequence[str]) -> None:
    """Recompute the rows of these runs from the stored steps; `trace_ids` are all traces that hold them.

    Idempotent: the same steps and outcomes give the same row. Raises StoreError.
    """
    if not run_ids:
        return
    parameters: dict[str, Any] = {"tenant": tenant, "run_ids": list(run_ids), "trace_ids": list(trace_ids)}
    refreshed_at = read_clock(store)
    steps = pl.from_arrow(store.query_arrow(read_query("steps_of_runs"), parameters, tag="runvault.refresh"))
    assert isinstance(steps, pl.DataFrame)
    write_runs(store, tenant, steps, refreshed_at)


def write_runs(store: Store, tenant: str, steps: pl.DataFrame, refreshed_at: int) -> None:
    """Roll up runs from all of their steps, at hand in a frame, and write their rows. Raises StoreError.

    `refreshed_at` is the store's clock (`read_clock`) before the steps were read: who read later stands.
    """
    if not len(steps):
        return
    run_ids = steps["RunId"].unique().sort().to_list()
    parameters = {"tenant": tenant, "run_ids": run_ids}
    said = pl.from_arrow(store.query_arrow(read_query("latest_outcomes"), parameters, tag="runvault.refresh"))
    assert isinstance(said, pl.DataFrame)
    said = said.with_columns(pl.col("SaidAt").cast(pl.Datetime("us", "UTC")))
    store.insert("runs", roll_up(steps, said, refreshed_at), f"runs-{tenant}-{refreshed_at}-{len(steps)}")


def retire_runs(
    store: Store, tenant: str, run_ids: Sequence[str], trace_ids: Sequence[str], refreshed_before: int
) -> None:
    """Take away rows about these traces or runs that are older than `refreshed_before` (microseconds since 1970, of
    the store's clock): runs that turned out to be part of another, or moved to another day. Raises StoreError."""
    parameters = {"tenant": tenant, "run_ids": list(run_ids), "trace_ids": list(trace_ids)}
    store.command(
        read_query("retire_runs"), {**parameters, "refreshed_before": refreshed_before}, tag="runvault.retire"
    )


def read_clock(store: Store) -> int:
    """The store's clock, microseconds since 1970. Raises StoreError."""
    rows = store.query("SELECT toUInt64(toUnixTimestamp64Micro(now64(6))) AS now", tag="runvault.clock")
    return int(rows[0]["now"])
