"""Every panel's statement on the demo data: it runs, returns rows, and columns of the types that its panel draws."""

from datetime import datetime
from typing import Any

import pytest

from schema.store import Store
from tests.dashboards.numbers import BOARDS, FROM_MS, TO_MS, Json
from tests.dashboards.plugin import Variables, expand

pytestmark = pytest.mark.engine

PANELS = [(uid, panel) for uid, board in BOARDS.items() for panel in board["panels"]]
NAMES = [f"{uid}: {panel['title']}" for uid, panel in PANELS]
WORDS = {"Outcome"}
"""Numbers that are words."""
TRACE = {
    "traceID": str, "spanID": str, "parentSpanID": str, "serviceName": str, "operationName": str, "startTime": float,
    "duration": float, "statusCode": int, "tags": list, "serviceTags": list,
}  # fmt: skip
"""What Grafana's trace view reads, after the plugin's own statement for it (src/data/sqlGenerator.ts)."""


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=NAMES)
@pytest.mark.usefixtures("policy")
def test_every_statement_runs(store: Store, everything: Variables, uid: str, panel: Json) -> None:
    (target,) = panel["targets"]
    rows = store.query(expand(target["rawSql"], everything, FROM_MS, TO_MS), tag="test")
    assert rows
    {"stat": _hold_stat, "table": _hold_table, "traces": _hold_trace}.get(panel["type"], _hold_series)(panel, rows)
    # the same with something chosen of each variable, quotes in its name included
    some = {**everything, "environment": ["production"], "workflow": ["refunds", "it's"], "version": ["v1", "v2"]}
    store.query(expand(target["rawSql"], {**some, "model": ["m-large"]}, FROM_MS, TO_MS), tag="test")


def _hold_stat(panel: Json, rows: list[Json]) -> None:
    """One value, a number unless it is a word by design."""
    (row,) = rows
    (value,) = row.values()
    assert isinstance(value, str if panel["title"] in WORDS else int | float)


def _hold_series(panel: Json, rows: list[Json]) -> None:
    """Times first and ascending, then labels, then at least one number; no Decimal, which the plugin may not draw."""
    times = [row["time"] for row in rows]
    assert next(iter(rows[0])) == "time"
    assert all(isinstance(time, datetime) for time in times)
    assert times == sorted(times)
    for row in rows:
        values = list(row.values())[1:]
        assert all(value is None or isinstance(value, str | int | float) for value in values)
        assert any(value is None or isinstance(value, int | float) for value in values)
    assert any(isinstance(value, int | float) for row in rows for value in list(row.values())[1:])


def _hold_table(panel: Json, rows: list[Json]) -> None:
    """Columns with a unit hold numbers or times, those that link hold words; every column that is set up is there."""
    for override in panel["fieldConfig"]["overrides"]:
        column = override["matcher"]["options"]
        values = [row[column] for row in rows if row[column] is not None]
        for setting in override["properties"]:
            if setting["id"] == "unit":
                assert all(isinstance(value, _type_of(setting["value"])) for value in values), column
            elif setting["id"] == "links":
                assert values
                assert all(isinstance(value, str) for value in values)
            elif setting["id"] == "mappings":
                assert {str(value) for value in values} <= set(setting["value"][0]["options"])
    for row in rows:
        assert all(value is None or isinstance(value, str | int | float | datetime) for value in row.values())


def _type_of(unit: str) -> Any:
    return datetime if unit == "dateTimeAsIso" else int | float


def _hold_trace(panel: Json, rows: list[Json]) -> None:
    """The columns of a trace; parents that are there, and tags as pairs of key and value."""
    ids = {row["spanID"] for row in rows}
    for row in rows:
        assert {name: type(value) for name, value in row.items()} == TRACE
        for tag in [*row["tags"], *row["serviceTags"]]:
            assert set(tag) == {"key", "value"}
            assert tag["value"]
    assert any(row["parentSpanID"] in ids for row in rows)
    assert [row["startTime"] for row in rows] == sorted(row["startTime"] for row in rows)
