"""The number that says which row stands goes forwards, also when the clock goes back."""

import pytest

from schema.rollup import read_clock
from schema.statements import PART, split_ids
from schema.store import Store
from tests.collector.facts import make_fact
from tests.collector.test_traces import load, read_runs


def test_a_clock_that_goes_back_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store("nowhere", None, None)  # type: ignore[arg-type]
    assert store.advance_clock(100, lambda: 7) == 100
    assert store.advance_clock(50, lambda: 7) == 101
    assert store.advance_clock(101, lambda: 7) == 102
    assert store.advance_clock(200, lambda: 7) == 200


def test_a_process_goes_on_from_what_stands_in_the_store() -> None:
    store = Store("nowhere", None, None)  # type: ignore[arg-type]
    assert store.advance_clock(100, lambda: 500) == 501


@pytest.mark.engine
def test_runs_stay_right_when_the_clock_is_set_back(store: Store, tenant: str) -> None:
    load(store, [[make_fact("a", Tenant=tenant)]])
    other = Store(store.location, store._reading, store._writing)  # as a new process, on the same engine
    ahead = read_clock(store) + 3_600_000_000
    store.advance_clock(ahead, lambda: 0)
    load(store, [[make_fact("b", "a", Tenant=tenant)]])
    load(other, [[make_fact("c", "a", Tenant=tenant)]])
    assert [run["Steps"] for run in read_runs(store, tenant)] == [3]


def test_ids_are_split_so_that_they_fit_a_form_field() -> None:
    ids = [f"{number:032x}" for number in range(2 * PART + 1)]
    parts = list(split_ids(ids))
    assert [item for part in parts for item in part] == ids
    assert max(len(str(part)) for part in parts) < 131_072


@pytest.mark.engine
def test_a_run_is_retired_when_the_clock_is_set_back(store: Store, tenant: str) -> None:
    store.advance_clock(read_clock(store) + 3_600_000_000, lambda: 0)
    load(store, [[make_fact("b", "a", Tenant=tenant)], [make_fact("a", Tenant=tenant, OwnRunId="run-1")]])
    assert [run["RunId"] for run in read_runs(store, tenant)] == ["run-1"]
