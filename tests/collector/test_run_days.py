"""`trace_days` knows each day that a run may lie in, however its spans came, so a run asked for by its id is found."""

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.models import ScoreIn
from api.queries.reader import TenantReader
from api.reading import read_record, read_replay
from api.scores import record_score
from collector.memory import Memory
from schema.erasure import erase, find_target
from schema.lifetimes import NEVER
from schema.store import Store
from tests.collector.facts import DAY, START_NS, assemble, make_fact

pytestmark = pytest.mark.engine

DAY_NS = 86_400 * 10**9
DAY_BEFORE, DAY_AFTER = DAY - timedelta(1), DAY + timedelta(1)
_numbers = itertools.count(1)


def make_span(tenant: str, span: str, day: int = 0, **values: Any) -> dict[str, Any]:
    """A step of run `r` that began so many days after noon of `DAY`."""
    place: dict[str, Any] = {"Timestamp": START_NS + day * DAY_NS, "Day": DAY + timedelta(day), "OwnRunId": "r"}
    return make_fact(span, Tenant=tenant, **(place | values))


def make_skewed(tenant: str, span: str, day: int, **values: Any) -> dict[str, Any]:
    """The same by a clock that nobody believes: in the partition of 1970."""
    return make_span(tenant, span, day, ClockSkewed=1, Day=NEVER, **values)


def load(store: Store, *batches: list[dict[str, Any]]) -> None:
    """Batches one after the other, by a loader that has just started."""
    for rows in batches:
        assemble(store, Memory(store), rows, f"days-{next(_numbers)}")


def find_days(store: Store, tenant: str, run_id: str = "r") -> list[date]:
    return sorted(TenantReader(store, tenant).find_run_days(run_id))


def read_places(store: Store, tenant: str) -> list[tuple[str, date]]:
    """Run and day of each row of `runs`."""
    rows = store.query("SELECT RunId, Day FROM runs_current WHERE Tenant = {t:String}", {"t": tenant}, tag="test")
    return [(row["RunId"], row["Day"]) for row in rows]


def count_steps(store: Store, tenant: str, run_id: str = "r") -> int:
    return len(read_replay(TenantReader(store, tenant), run_id, 100)["steps"])


def test_a_run_is_known_in_the_days_of_its_steps(store: Store, tenant: str) -> None:
    load(store, [make_span(tenant, "a"), make_span(tenant, "b", 1, TraceId="t2"), make_span(tenant, "c", OwnRunId="s")])
    assert find_days(store, tenant) == [DAY, DAY_AFTER]
    assert find_days(store, f"{tenant}-other") == []
    assert count_steps(store, tenant) == 2
    assert count_steps(store, tenant, "s") == 1


def test_a_run_without_a_name_is_known_by_its_trace(store: Store, tenant: str) -> None:
    load(store, [make_span(tenant, "a", OwnRunId="")])
    assert find_days(store, tenant, "t1") == [DAY]
    # the trace's own days are another matter: `known.py` takes what is missing in them for expired
    load(store, [make_span(tenant, "b", 1, TraceId="t2", OwnRunId="t1")])
    assert find_days(store, tenant, "t1") == [DAY, DAY_AFTER]
    assert count_steps(store, tenant, "t1") == 2


def test_spans_days_late_move_the_run_and_it_is_found(store: Store, tenant: str) -> None:
    load(store, [make_span(tenant, "a")], [make_span(tenant, "b", -1)], [make_span(tenant, "c", 1, TraceId="t2")])
    assert find_days(store, tenant) == [DAY_BEFORE, DAY, DAY_AFTER]
    assert read_places(store, tenant) == [("r", DAY_BEFORE)]
    assert count_steps(store, tenant) == 3


@pytest.mark.parametrize("day", [-365 * 70, 365 * 100])
def test_a_run_with_no_clock_that_can_be_believed(store: Store, tenant: str, day: int) -> None:
    """Before 1970, or in the future: it lies in 1970's partition, until a span tells its time."""
    load(store, [make_skewed(tenant, "a", day)])
    assert find_days(store, tenant) == [NEVER]
    assert count_steps(store, tenant) == 1
    load(store, [make_span(tenant, "b")])
    assert find_days(store, tenant) == [NEVER, DAY]
    assert read_places(store, tenant) == [("r", DAY)]
    assert count_steps(store, tenant) == 2


def test_a_span_sent_again_with_another_start_keeps_its_day_but_moves_the_run(store: Store, tenant: str) -> None:
    """The loader settles it in its first partition (collector/settling.py); the run's day follows the new start."""
    load(store, [make_span(tenant, "a")], [make_span(tenant, "a", 1, Day=DAY)])
    assert find_days(store, tenant) == [DAY, DAY_AFTER]
    assert read_places(store, tenant) == [("r", DAY_AFTER)]
    assert count_steps(store, tenant) == 1


def test_a_step_that_goes_to_another_run_takes_its_day_along(store: Store, tenant: str) -> None:
    child = make_span(tenant, "b", 1, OwnRunId="", ParentSpanId="a")
    load(store, [child], [make_span(tenant, "a")])
    assert read_places(store, tenant) == [("r", DAY)]
    assert find_days(store, tenant) == [DAY, DAY_AFTER]
    assert count_steps(store, tenant) == 2


def test_what_was_said_of_a_run_is_found_in_the_days_it_lay_in(store: Store, tenant: str) -> None:
    load(store, [make_span(tenant, "a")])
    reader = TenantReader(store, tenant)
    record_score(reader, lambda _tenant, text: text, "r", ScoreIn(name="tone", value=0.5))
    store.command(
        "INSERT INTO repricings (Tenant, Environment, RetentionClass, Day, RunId, RepricingId, Calls)"
        " SELECT Tenant, Environment, RetentionClass, Day, RunId, 'x', 1 FROM runs FINAL WHERE Tenant = {t:String}",
        {"t": tenant},
    )
    load(store, [make_span(tenant, "b", -1)])
    assert read_places(store, tenant) == [("r", DAY_BEFORE)]
    # what the loader wrote has no price laid over it; this is what a repricing leaves
    store.command(
        "INSERT INTO runs SELECT * REPLACE (1 AS RepricedAt, RefreshedAt + 1 AS RefreshedAt) FROM runs_current"
        " WHERE Tenant = {t:String}",
        {"t": tenant},
    )
    record = read_record(reader, "r", 100)
    assert [score["name"] for score in record["scores"]] == ["tone"]
    assert [repricing["calls"] for repricing in record["cost"]["repriced"]] == [1]


@pytest.mark.one_machine
@pytest.mark.parametrize("left", [[], [DAY_BEFORE]])
def test_a_run_is_found_without_the_days(own_store: Store, left: list[date]) -> None:
    """Rows that were lost, or that name a day in which nothing of it is."""
    load(own_store, [make_span("t", "a"), make_span("t", "b", 1)])
    own_store.command("TRUNCATE TABLE trace_days")
    for day in left:
        own_store.command(
            "INSERT INTO trace_days SELECT 't', cityHash64('run', 'r'), {day:Date}", {"day": day}, spares_steps=True
        )
    assert find_days(own_store, "t") == left
    assert count_steps(own_store, "t") == 2


@pytest.mark.one_machine
def test_a_run_whose_first_day_has_gone_is_found(own_store: Store) -> None:
    load(own_store, [make_span("t", "a"), make_span("t", "b", 1)])
    for table in ("steps", "runs"):
        own_store.command(f"ALTER TABLE {table} DROP PARTITION ('{DAY}', 'default')")
    load(own_store, [make_span("t", "c", 1, TraceId="t2")])
    assert find_days(own_store, "t") == [DAY, DAY_AFTER]
    assert read_places(own_store, "t") == [("r", DAY_AFTER)]
    assert count_steps(own_store, "t") == 1


def test_erasing_a_run_takes_its_days(own_store: Store) -> None:
    load(own_store, [make_span("t", "a", OwnRunId="")], [make_span("t", "b", 1)])
    load(own_store, [make_span("t", "c", TraceId="t2", OwnRunId="s")])
    assert read_places(own_store, "t") == [("r", DAY), ("s", DAY)]
    erase(own_store, find_target(own_store, "t", "", "r", ""))
    for run_id in ("r", "t1"):
        assert find_days(own_store, "t", run_id) == []
    assert find_days(own_store, "t", "s") == [DAY]
    assert own_store.query("SELECT count() AS n FROM trace_days", tag="test") == [{"n": 2}]  # trace t2 and run s
    load(own_store, [make_span("t", "d")])
    assert count_steps(own_store, "t") == 1


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_every_run_lies_in_a_day_that_is_known_of_it(store: Store, seed: int) -> None:
    """Spans of three traces, of one run or more, of any day or clock, in any order, some sent again otherwise."""
    chance, tenant = random.Random(seed), f"days-{next(_numbers)}"
    names = {trace: chance.choice("rs") for trace in ("t1", "t2", "t3")}

    def draw(number: int) -> dict[str, Any]:
        make = chance.choice([make_span, make_span, make_skewed])
        parent = f"s{number - 1}" if number and chance.random() < 0.5 else ""
        trace, day = chance.choice(list(names)), chance.randint(-2, 2)
        named = chance.choice(["", names[trace]])
        row = make(tenant, f"s{number}", day, OwnRunId=named, TraceId=trace, ParentSpanId=parent)
        if chance.random() < 0.2:  # its first row lies elsewhere
            row["Day"] = DAY
        return row

    rows = [draw(chance.randint(0, 7)) for _ in range(10)]
    settled: dict[tuple[str, str], date] = {}
    for row in rows:
        row["Day"] = settled.setdefault((row["TraceId"], row["SpanId"]), row["Day"])
    while rows:
        size = chance.randint(1, 4)
        load(store, rows[:size])
        rows = rows[size:]
    places = read_places(store, tenant)
    assert places
    assert len(dict(places)) == len(places), "a run in two places"
    for run_id, day in places:
        assert day in find_days(store, tenant, run_id)


def test_midnight_is_utc() -> None:
    """What the tests above take for granted."""
    assert datetime.fromtimestamp(START_NS / 10**9, UTC).date() == DAY
