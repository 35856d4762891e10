"""The boards: valid, unique, described, generated; every statement runs; headline numbers are the API's."""

import json
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dashboards.build import JSON_FOLDER, find_differences, list_boards, render_files
from schema.store import Store
from tests.api.hundred import Hundred
from tests.api.rows import BASE_NS
from tests.dashboards.plugin import ALL, Variables, expand

Json = dict[str, Any]
BOARDS = list_boards()
PANELS = [(uid, panel) for uid, board in BOARDS.items() for panel in board["panels"]]
NAMES = [f"{uid}: {panel['title']}" for uid, panel in PANELS]
FROM_MS, TO_MS = BASE_NS // 10**6, BASE_NS // 10**6 + 62 * 3_600_000


def test_committed_files_are_what_is_generated() -> None:
    assert find_differences() == []
    assert render_files() == render_files()
    assert {path.stem for path in JSON_FOLDER.glob("*.json")} == {uid.removeprefix("runvault-") for uid in BOARDS}


def test_ids_and_titles_are_unique() -> None:
    assert len({board["title"] for board in BOARDS.values()}) == len(BOARDS)
    assert len(set(NAMES)) == len(NAMES)
    for board in BOARDS.values():
        assert [panel["id"] for panel in board["panels"]] == list(range(1, len(board["panels"]) + 1))
        assert 8 <= len(board["uid"]) <= 40


def test_panels_do_not_overlap() -> None:
    for uid, board in BOARDS.items():
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            place = panel["gridPos"]
            cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
            assert not cells & taken, f"{uid}: {panel['title']}"
            assert place["x"] + place["w"] <= 24
            taken |= cells


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=NAMES)
def test_every_panel_says_what_it_shows(uid: str, panel: Json) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    (target,) = panel["targets"]
    for source in (panel["datasource"], target["datasource"]):
        assert source == {"type": "grafana-clickhouse-datasource", "uid": "${datasource}"}
    assert target["editorType"] == "sql"
    assert "Tenant = ${tenant:sqlstring}" in target["rawSql"]


def test_variables_and_links() -> None:
    for uid, board in BOARDS.items():
        variables = {variable["name"]: variable for variable in board["templating"]["list"]}
        assert {"datasource", "tenant", "environment", "workflow", "version", "model", "runvault"} <= set(variables)
        for variable in variables.values():
            if variable["type"] == "query":
                assert variable["datasource"]["uid"] == "${datasource}"
        assert board["links"][0]["tags"] == ["runvault"]
        for linked in _links(board):
            assert not linked.startswith("/d/") or linked.split("?")[0].removeprefix("/d/") in BOARDS, uid
    assert any("/replay" in link for board in BOARDS.values() for link in _links(board))


def _links(board: Json) -> list[str]:
    return [
        link["url"]
        for panel in board["panels"]
        for override in panel["fieldConfig"].get("overrides", [])
        for setting in override["properties"]
        if setting["id"] == "links"
        for link in setting["value"]
    ]


@pytest.fixture
def everything(hundred: Hundred) -> Variables:
    """All of the hundred runs."""
    names = {name: [ALL] for name in ("environment", "workflow", "version", "model")}
    return {"tenant": hundred.tenant, **names, "baseline": "v1", "candidate": "v2", "run": "run-001"}


@pytest.mark.engine
@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=NAMES)
def test_every_statement_runs(store: Store, everything: Variables, uid: str, panel: Json) -> None:
    (target,) = panel["targets"]
    rows = store.query(expand(target["rawSql"], everything, FROM_MS, TO_MS), tag="test")
    assert rows
    if panel["type"] == "stat":
        assert len(rows) == 1
        (value,) = rows[0].values()
        assert value is not None
        assert isinstance(value, str) == (panel["title"] == "Outcome")
    if panel["type"] in ("timeseries", "heatmap"):
        _hold_series(rows)
    # the same with something chosen of each variable, quotes in its name included
    some = {**everything, "environment": ["production"], "workflow": ["refunds", "it's"], "version": ["v1", "v2"]}
    store.query(expand(target["rawSql"], {**some, "model": ["m-large"]}, FROM_MS, TO_MS), tag="test")


def _hold_series(rows: list[Json]) -> None:
    """Times first and ascending, then labels, then at least one number; no Decimal, which the plugin may not draw."""
    times = [row["time"] for row in rows]
    assert all(isinstance(time, datetime) for time in times)
    assert times == sorted(times)
    for row in rows:
        values = list(row.values())[1:]
        assert all(value is None or isinstance(value, str | int | float) for value in values)
        assert any(value is None or isinstance(value, int | float) for value in values)


@pytest.mark.engine
@pytest.mark.parametrize("chosen", [{}, {"workflow": "refunds", "version": ["v1", "v2"], "model": "m-large"}])
def test_headline_numbers_are_those_of_the_api(
    store: Store,
    hundred_client: TestClient,
    everything: Variables,
    chosen: Json,
) -> None:
    period = {"since": "2026-03-01T12:00:00Z", "until": "2026-03-04T02:00:00Z", **chosen}
    asked = {name: value if isinstance(value, list) else [value] for name, value in chosen.items()}
    variables = {**everything, **asked}

    def ask(question: str, **more: str) -> Json:
        answer = hundred_client.get(f"/v1/analytics/{question}", params={**period, **more})
        assert answer.status_code == 200
        group: Json = answer.json()["items"][0]
        return group

    cost, run, well = ask("cost-per-outcome"), ask("latency", of="run"), ask("reliability")
    wasted = cost["cost_usd"]["wasted"] / cost["cost_usd"]["total"]
    expected = {
        "runvault-fleet": {
            "Runs": well["runs"], "Completion": well["completion_rate"],
            "Cost per success": cost["cost_per_success_usd"],
            "p95 of runs": run["p95_ms"], "Coverage": ask("coverage")["coverage"],
            "Spend per hour": cost["cost_usd"]["total"] / 62,
        },
        "runvault-cost": {
            "Total cost": cost["cost_usd"]["total"], "Cost per success": cost["cost_per_success_usd"], "Wasted": wasted,
            "Unpriced runs": cost["unpriced_runs"], "Budget breaches": cost["budget_breaches"],
            "Human review": cost["cost_usd"]["review"],
        },
        "runvault-latency": {
            "p50 of runs": run["p50_ms"], "p95 of runs": run["p95_ms"], "p99 of runs": run["p99_ms"],
            "p95 first token": run["p95_first_token_ms"],
        },
        "runvault-reliability": {
            "Silent failures": well["silent_failure_rate"], "Tool errors": well["tool_error_rate"],
            "Wrong writes": well["wrong_write_rate"],
            "Violations per 1,000 runs": well["policy_violations_per_1000_runs"],
            "Tool calls per run": well["tool_calls_per_run"]["mean"],
            "p95 tool calls per run": well["tool_calls_per_run"]["p95"],
        },
    }  # fmt: skip
    for uid, numbers in expected.items():
        stats = [panel for panel in BOARDS[uid]["panels"] if panel["type"] == "stat"]
        found = {panel["title"]: _read_number(store, panel, variables) for panel in stats}
        assert found == pytest.approx(numbers, rel=1e-12), uid


def _read_number(store: Store, panel: Json, variables: Variables) -> Any:
    (row,) = store.query(expand(panel["targets"][0]["rawSql"], variables, FROM_MS, TO_MS), tag="test")
    (value,) = row.values()
    return value


@pytest.mark.engine
def test_variables_list_what_is_there(store: Store, everything: Variables) -> None:
    found = {}
    for variable in BOARDS["runvault-release"]["templating"]["list"]:
        if variable["type"] == "query":
            rows = store.query(expand(variable["query"], everything, FROM_MS, TO_MS), tag="test")
            found[variable["name"]] = [next(iter(row.values())) for row in rows]
    assert everything["tenant"] in found.pop("tenant")
    versions = ["v1", "v2", "v3"]
    assert found == {
        "environment": ["production", "staging"], "workflow": ["refunds", "support"], "version": versions,
        "model": ["m-large", "m-next", "m-small"], "baseline": versions, "candidate": versions,
    }  # fmt: skip


def test_files_are_json_with_sorted_keys() -> None:
    for path, text in render_files().items():
        if path.suffix == ".json":
            assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
