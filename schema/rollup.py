"""Keep `runs` in step with `steps` and `outcomes`. The loader calls this after spans arrived, the API after an
outcome was said; both run the same SQL, so a number has one meaning."""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from schema.store import Store


@cache
def read_query(name: str) -> str:
    """Text of `schema/queries/<name>.sql`."""
    return (resources.files("schema") / "queries" / f"{name}.sql").read_text("utf-8")


def refresh_runs(store: Store, tenant: str, run_ids: Sequence[str], trace_ids: Sequence[str]) -> None:
    """Recompute the rows of these runs; `trace_ids` are all traces that hold their steps.

    Idempotent: the same steps and outcomes give the same row. Raises StoreError.
    """
    if not run_ids:
        return
    parameters: dict[str, Any] = {"tenant": tenant, "run_ids": list(run_ids), "trace_ids": list(trace_ids)}
    clock = store.query("SELECT toUInt64(toUnixTimestamp64Micro(now64(6))) AS now", tag="runvault.refresh")
    parameters["refreshed_after"] = clock[0]["now"]
    store.command(read_query("refresh_runs"), parameters, tag="runvault.refresh")
    store.command(read_query("retire_runs"), parameters, tag="runvault.retire")
