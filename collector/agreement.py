"""Several loaders, one store: each looks again at what it wrote about, and works it out anew if it was not alone.

    gather ─▶ write steps ─▶ write runs ─▶ gather again: the same? ── yes ─▶ done
                  ▲                              │ no: another loader wrote meanwhile
                  └──────────────────────────────┘

Who misses the other's steps wrote its own before it looked again. So of two that worked on the same run at the same
moment, the one that looks last sees what both wrote, whatever the order of their statements; no lock is needed. A row
of a run with a greater number than one's own may be of one who looked before one's own steps were there, and found
nothing of its own to write but that row: so it is worked out anew, too.
"""

from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from collector.gather import Known
from schema.run_traces import find_days
from schema.statements import split_ids
from schema.store import Store

VERSION = ["TraceId", "SpanId", "AssembledAt"]
_NEWER = (
    "SELECT 1 FROM runs WHERE Tenant = {tenant:String} AND RunId IN {run_ids:Array(String)} AND IsDeleted = 0"
    " AND Day IN {days:Array(Date)} AND RefreshedAt > {refreshed_at:UInt64} LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Written:
    """What the steps and runs of some traces were worked out from: which version of each step, by the end of it, and
    which log records. `refreshed_at` is the number of the rows of these runs."""

    versions: pa.Table
    records: frozenset[str]
    run_ids: list[str]
    refreshed_at: int

    @property
    def traces(self) -> list[str]:
        """All of them."""
        return sorted(pc.unique(self.versions["TraceId"]).to_pylist())

    def is_all(self, seen: Known) -> bool:
        """Whether these are the steps that are there."""
        return _sort_versions(self.versions).equals(_sort_versions(seen.steps))

    def stands(self, store: Store, tenant: str) -> bool:
        """Whether nobody else's row of these runs stands over this one's. Raises StoreError."""
        for part in split_ids(self.run_ids):
            days = find_days(store, tenant, part)
            parameters = {"tenant": tenant, "run_ids": part, "days": days, "refreshed_at": self.refreshed_at}
            if store.query(_NEWER, parameters, tag="runvault.agree"):
                return False
        return True


def _sort_versions(steps: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(steps.select(VERSION))
    assert isinstance(frame, pl.DataFrame)
    return frame.sort(VERSION)
