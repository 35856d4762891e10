"""Runs and traces that share steps are worked out together, however far one reaches into the other.

A run is rolled up from all of its steps or not at all: a batch that touches one trace must know all traces of its runs,
and of the runs of those.
"""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.memory import Memory
from schema.store import Store
from tests.collector.facts import assemble, make_fact

pytestmark = pytest.mark.engine

_numbers = itertools.count(1)


def make_span(tenant: str, trace: str, span: str, run: str = "") -> dict[str, Any]:
    return make_fact(span, Tenant=tenant, TraceId=trace, OwnRunId=run)


def load(store: Store, *batches: list[dict[str, Any]]) -> None:
    """Batches one after the other, each by a loader that has just started."""
    for rows in batches:
        assemble(store, Memory(store), rows, f"connected-{next(_numbers)}")


def read_runs(store: Store, tenant: str) -> dict[str, tuple[int, list[str]]]:
    """Run → number of its steps, and its traces."""
    rows = store.query(
        "SELECT RunId, Steps, arraySort(TraceIds) AS Traces FROM runs_current WHERE Tenant = {t:String}",
        {"t": tenant},
        tag="test",
    )
    return {row["RunId"]: (row["Steps"], row["Traces"]) for row in rows}


def test_a_run_reached_through_another_is_whole(store: Store, tenant: str) -> None:
    load(
        store,
        [make_span(tenant, "t1", "a", "s")],
        [make_span(tenant, "t2", "b", "r"), make_span(tenant, "t2", "c", "s")],
        [make_span(tenant, "t3", "d", "r")],  # knows t2 by its run r, and by t2 the run s, a part of which is in t1
    )
    assert read_runs(store, tenant) == {"r": (2, ["t2", "t3"]), "s": (2, ["t1", "t2"])}


def test_a_run_named_like_another_trace_is_whole(store: Store, tenant: str) -> None:
    load(
        store,
        [make_span(tenant, "t1", "a")],
        [make_span(tenant, "t2", "b", "t1")],  # goes on with the run of t1, whose name is the trace's
        [make_span(tenant, "t1", "c")],
    )
    assert read_runs(store, tenant) == {"t1": (3, ["t1", "t2"])}


def test_a_trace_that_comes_after_who_names_it(store: Store, tenant: str) -> None:
    load(store, [make_span(tenant, "t2", "b", "t1")], [make_span(tenant, "t1", "a")])
    assert read_runs(store, tenant) == {"t1": (2, ["t1", "t2"])}


SPANS = st.lists(
    st.tuples(st.sampled_from(["t1", "t2", "t3", "t4"]), st.sampled_from(["", "", "r", "s", "t1", "t2"])),
    min_size=2,
    max_size=8,
)


@given(spans=SPANS, cuts=st.sets(st.integers(1, 7)), seed=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_batches_in_any_order_end_in_the_same_runs(
    store: Store, spans: list[tuple[str, str]], cuts: set[int], seed: Any
) -> None:
    number = next(_numbers)
    rows = [(trace, f"{place:02d}", run) for place, (trace, run) in enumerate(spans)]
    at_once, piecewise = f"once-{number}", f"pieces-{number}"
    load(store, [make_span(at_once, *row) for row in rows])
    mixed = list(rows)
    seed.shuffle(mixed)
    borders = [0, *sorted(cut for cut in cuts if cut < len(mixed)), len(mixed)]
    load(store, *([make_span(piecewise, *row) for row in mixed[a:b]] for a, b in itertools.pairwise(borders)))
    assert read_runs(store, piecewise) == read_runs(store, at_once)
