"""A period leaves out whole partitions, and nothing else: the edges of days, clocks not to be believed, far ends."""

import re
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient

from api.models import LatencyQuery, RunFilters
from api.queries.builder import build_latency_query, build_runs_query
from api.queries.sql import Query
from api.times import parse_time
from schema.store import Store
from tests.api.rows import BASE_NS, insert_rows, make_run, make_step

pytestmark = pytest.mark.engine

NEVER = date(1970, 1, 1)
FIRST = date(2026, 3, 1)
DAY_NS = 86_400 * 10**9
MIDNIGHT_NS = BASE_NS + DAY_NS // 2
"""The end of the first day."""


@pytest.fixture
def rows(store: Store, tenant: str) -> None:
    """A run and its only step on each of four days, at both sides of a midnight, and with a clock of the year 2200."""
    places = {f"day{number}": (BASE_NS + number * DAY_NS, FIRST + timedelta(number)) for number in range(4)}
    places |= {"before": (MIDNIGHT_NS - 1, FIRST), "after": (MIDNIGHT_NS, FIRST + timedelta(1))}
    places |= {"skewed": (parse_time("2200-01-01"), NEVER)}
    runs = [make_run(tenant, name, StartedAt=at, Day=day) for name, (at, day) in places.items()]
    steps = [make_step(tenant, name, 1, Timestamp=at, Day=day) for name, (at, day) in places.items()]
    insert_rows(store, "runs", runs)
    insert_rows(store, "steps", steps)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("period", "found"),
    [
        ({}, {"day0", "before", "after", "day1", "day2", "day3", "skewed"}),
        ({"since": "2026-03-02"}, {"after", "day1", "day2", "day3", "skewed"}),
        ({"until": "2026-03-02"}, {"day0", "before"}),
        ({"since": "2026-03-01T12:00:01Z", "until": "2026-03-02T12:00:00Z"}, {"before", "after"}),
        ({"since": "2026-03-03", "until": "2026-03-03T12:00:00.000001Z"}, {"day2"}),
        ({"since": "2150-01-01"}, {"skewed"}),
        ({"since": "2026-03-04", "until": "2250-01-01"}, {"day3", "skewed"}),
        ({"until": "1970-01-01"}, set()),
    ],
)
def test_what_began_in_a_period(client: TestClient, period: dict[str, str], found: set[str]) -> None:
    runs = client.get("/v1/runs", params=period).json()["items"]
    assert {run["run_id"] for run in runs} == found
    steps = client.get("/v1/analytics/latency", params={"of": "step", **period}).json()["items"]
    assert sum(group["count"] for group in steps) == len(found)


PARTS = """
SELECT count() AS held, countIf(match(partition, '2026-03-03|1970-01-01')) AS day FROM system.parts
WHERE active AND database = currentDatabase() AND table = {table:String}
"""


def count_parts_read(store: Store, tenant: str, query: Query) -> int:
    """Parts that are left after the plan's first step, which looks at days."""
    named = {**query.parameters, "tenant": tenant}
    plan = "\n".join(row["explain"] for row in store.query(f"EXPLAIN indexes = 1 {query.sql}", named, tag="test"))
    found = re.search(r"Min-Max.*?Keys:\W+Day\s.*?Parts: (\d+)/", plan, re.S)
    assert found, plan
    return int(found[1])


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("table", ["runs", "steps"])
def test_other_days_are_not_read(store: Store, tenant: str, table: str) -> None:
    since, until = parse_time("2026-03-03"), parse_time("2026-03-03T13:00:00Z")
    runs = build_runs_query(RunFilters.model_construct(since=since, until=until), 10)
    steps = build_latency_query(LatencyQuery.model_construct(since=since, until=until, of="step"), 10)
    query = runs if table == "runs" else steps
    for _ in range(20):  # merges may come between the plan and the count
        (parts,) = store.query(PARTS, {"table": table}, tag="test")
        if (read := count_parts_read(store, tenant, query)) == parts["day"]:
            break
    assert read == parts["day"] < parts["held"]
