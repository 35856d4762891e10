"""Steps of traces that were put together a moment ago, remembered: most batches go on with what the last ones began,
and reading them back from the store was a third of a batch's CPU.

What is remembered is what the store holds, as long as nobody else wrote: `Store.rewrites` tells. On a server somebody
else may always have, so there nothing is remembered.
"""

from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from collector.known import FIELDS
from schema.store import Store

MOST_ROWS = 16_384
"""About 12 MB of steps."""
_NOTHING = pa.schema(FIELDS).empty_table()


class Memory:
    """Whole traces by tenant, those touched last at the end. Used by one thread, which holds `Store.assembling`."""

    def __init__(self, store: Store, most_rows: int = MOST_ROWS) -> None:
        self._store = store
        self._most_rows = most_rows
        self._steps: dict[str, pa.Table] = {}
        self._traces: dict[str, set[str]] = {}
        self._rewrites = -1

    def recall(self, tenant: str, trace_ids: Collection[str]) -> tuple[pa.Table, list[str]]:
        """Steps of those traces that are remembered, and the traces that are not."""
        if self._store.served or self._rewrites != self._store.rewrites:
            self.forget()
            self._rewrites = self._store.rewrites
        found = self._traces.get(tenant, set()).intersection(trace_ids)
        if not found:
            return _NOTHING, list(trace_ids)
        steps = self._steps[tenant]
        return steps.filter(_is_of(steps, found)), [trace for trace in trace_ids if trace not in found]

    def keep(self, tenant: str, steps: pa.Table, but: Collection[str] = ()) -> None:
        """Remember all steps of some traces, which were just written; not those of the traces in `but`.

        Told after each write of steps: it counts as a rewrite for every other memory of the same store.
        """
        expected = self._rewrites + 1
        self._rewrites = self._store.note_rewrite()
        if self._store.served or self._rewrites != expected:  # somebody wrote while these steps were worked out
            self.forget()
            return
        before = self._steps.pop(tenant, _NOTHING)
        before = before.filter(pc.invert(_is_of(before, set(pc.unique(steps["TraceId"]).to_pylist()))))
        steps = steps.select(_NOTHING.column_names).cast(_NOTHING.schema)
        kept = pa.concat_tables([before, steps.filter(pc.invert(_is_of(steps, but))) if but else steps])
        self._remember(tenant, kept)
        while sum(table.num_rows for table in self._steps.values()) > self._most_rows:
            self._drop_oldest()

    def forget(self) -> None:
        """Remember nothing."""
        self._steps.clear()
        self._traces.clear()

    def _remember(self, tenant: str, steps: pa.Table) -> None:
        self._steps[tenant] = steps.combine_chunks()
        self._traces[tenant] = set(pc.unique(steps["TraceId"]).to_pylist())

    def _drop_oldest(self) -> None:
        """The tenant that was not heard of for longest; of the only one, the traces that were not."""
        tenant = next(iter(self._steps))
        steps = self._steps.pop(tenant)
        self._traces.pop(tenant)
        if not self._steps:
            gone = pc.unique(steps["TraceId"].slice(0, steps.num_rows - self._most_rows)).to_pylist()
            self._remember(tenant, steps.filter(pc.invert(_is_of(steps, gone))))


def _is_of(steps: pa.Table, trace_ids: Collection[str] | Sequence[str]) -> pa.Array:
    return pc.is_in(steps["TraceId"], pa.array(sorted(trace_ids), pa.string()))
