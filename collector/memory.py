"""Steps of traces that were put together a moment ago, remembered: most batches go on with what the last ones began,
and reading them back from the store was a third of a batch's CPU.

What is remembered is what the store holds, as long as nobody else wrote: `Store.rewrites` tells. On a server somebody
else may always have, so there nothing is remembered.
"""

from collections import defaultdict
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from collector.known import FIELDS
from schema.store import Store

MOST_ROWS = 32_768
"""About 24 MB of steps."""
_NOTHING = pa.schema(FIELDS).empty_table()


class Memory:
    """Whole traces by tenant, as they were written: write after write, the oldest first; of a trace that was written
    again the last stands. Used by one thread, which holds `Store.assembling`."""

    def __init__(self, store: Store, most_rows: int = MOST_ROWS) -> None:
        self._store = store
        self._most_rows = most_rows
        self._writes: dict[int, tuple[str, pa.Table]] = {}
        self._places: defaultdict[str, dict[str, int]] = defaultdict(dict)
        """Tenant → trace → number of its last write."""
        self._links: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
        """Tenant → trace → all traces of one of its runs, where these are several."""
        self._rows = 0
        self._number = 0
        self._rewrites = -1

    def recall(self, tenant: str, trace_ids: Collection[str], but: Collection[str] = ()) -> tuple[pa.Table, list[str]]:
        """Steps of those traces that are remembered and of all that share runs with them, and the traces that are not;
        none of the traces in `but`."""
        if self._store.served or self._rewrites != self._store.rewrites:
            self.forget()
            self._rewrites = self._store.rewrites
        places = self._places.get(tenant, {})
        found: defaultdict[int, list[str]] = defaultdict(list)
        missing: list[str] = []
        for trace in self._follow_links(tenant, trace_ids, but):
            if trace in places:
                found[places[trace]].append(trace)
            else:
                missing.append(trace)
        steps = [_choose(self._writes[number][1], traces) for number, traces in found.items()]
        return pa.concat_tables([_NOTHING, *steps]), missing

    def _follow_links(self, tenant: str, trace_ids: Collection[str], but: Collection[str]) -> list[str]:
        links = self._links.get(tenant, {})
        chosen = dict.fromkeys(trace for trace in trace_ids if trace not in but)
        reached = list(chosen)
        for trace in reached:
            new = [other for other in links.get(trace, ()) if other not in chosen and other not in but]
            chosen |= dict.fromkeys(new)
            reached += new
        return reached

    def keep(self, tenant: str, steps: pa.Table, but: Collection[str] = ()) -> None:
        """Remember all steps of some traces, which were just written; not those of the traces in `but`.

        Told after each write of steps: it counts as a rewrite for every other memory of the same store.
        """
        expected = self._rewrites + 1
        self._rewrites = self._store.note_rewrite()
        # somebody wrote while these steps were worked out; or they are more than may be remembered
        if self._store.served or self._rewrites != expected or steps.num_rows > self._most_rows:
            self.forget()
            return
        self._number += 1
        self._writes[self._number] = tenant, steps.select(_NOTHING.column_names).cast(_NOTHING.schema)
        self._rows += steps.num_rows
        places = self._places[tenant]
        for trace in _list_traces(steps):
            places[trace] = self._number
        for trace in but:
            places.pop(trace, None)
        links = self._links[tenant]
        for traces in _list_shared(steps):
            for trace in traces:
                links[trace] = traces if trace not in links else sorted({*links[trace], *traces})
        while self._rows > self._most_rows:
            self._drop_oldest()

    def forget(self) -> None:
        """Remember nothing."""
        self._writes.clear()
        self._places.clear()
        self._links.clear()
        self._rows = 0

    def _drop_oldest(self) -> None:
        number = next(iter(self._writes))
        tenant, steps = self._writes.pop(number)
        self._rows -= steps.num_rows
        places = self._places[tenant]
        for trace in _list_traces(steps):
            if places.get(trace) == number:
                del places[trace]
                self._links[tenant].pop(trace, None)
        if not places:
            del self._places[tenant], self._links[tenant]


def _list_traces(steps: pa.Table) -> list[str]:
    traces: list[str] = pc.unique(steps["TraceId"]).to_pylist()
    return traces


def _list_shared(steps: pa.Table) -> list[list[str]]:
    """The traces of each run that has several."""
    pairs = steps.select(["RunId", "TraceId"]).group_by(["RunId", "TraceId"]).aggregate([])
    runs: defaultdict[str, list[str]] = defaultdict(list)
    for run, trace in zip(pairs["RunId"].to_pylist(), pairs["TraceId"].to_pylist(), strict=True):
        runs[run].append(trace)
    return [traces for traces in runs.values() if len(traces) > 1]


def _choose(steps: pa.Table, trace_ids: list[str]) -> pa.Table:
    return steps.filter(pc.is_in(steps["TraceId"], pa.array(trace_ids, pa.string())))
