"""The boards: valid, unique, described, generated, linked."""

import json
import re

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.build import JSON_FOLDER, find_differences, render_files
from schema.store import Store
from tests.api.rows import insert_rows, make_run
from tests.dashboards.numbers import BOARDS, FROM_MS, TO_MS, Json
from tests.dashboards.plugin import Variables, expand

PANELS = [(uid, panel) for uid, board in BOARDS.items() for panel in board["panels"]]
NAMES = [f"{uid}: {panel['title']}" for uid, panel in PANELS]
OF_ALL_TENANTS = {"runvault-cost: Cost by tenant"}
"""Panels that are about all tenants, whichever is chosen."""


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
    of_tenant = "Tenant = ${tenant:sqlstring}" in target["rawSql"]
    # samples of the service's health are about the whole installation
    of_tenant |= "Tenant IN (${tenant:sqlstring}, 'default')" in target["rawSql"]
    assert of_tenant == (f"{uid}: {panel['title']}" not in OF_ALL_TENANTS)


def test_variables_and_links() -> None:
    for uid, board in BOARDS.items():
        variables = {variable["name"]: variable for variable in board["templating"]["list"]}
        assert {"datasource", "tenant", "environment", "workflow", "version", "model", "runvault"} <= set(variables)
        for variable in variables.values():
            if variable["type"] == "query":
                assert variable["datasource"]["uid"] == "${datasource}"
        assert board["links"][0]["tags"] == ["runvault"]
        assert board["links"][0]["includeVars"] is board["links"][0]["keepTime"] is True
        for linked in _links(board):
            if linked.startswith("/d/"):
                board_uid, _, query = linked.removeprefix("/d/").partition("?")
                assert board_uid in BOARDS, uid
                given = set(re.findall(r"var-(\w+)=", query)) | set(re.findall(r"\$\{(\w+):queryparam\}", query))
                assert given >= {"datasource", "tenant", "environment", "workflow", "version", "model", "runvault"}
                assert query.endswith("&${__url_time_range}")
    assert any("${runvault}/runs/" in link for board in BOARDS.values() for link in _links(board))


def test_boards_pass_the_types_of_the_sdk() -> None:
    """Read into the SDK's dashboard types and written again, nothing is lost but what the plugin's own query holds."""
    for board in BOARDS.values():
        panels = [{**panel, "targets": []} for panel in board["panels"]]
        plain = {**board, "panels": panels}
        read = Dashboard.from_json(plain)
        assert json.loads(json.dumps(read, cls=JSONEncoder)) == plain


def test_queries_are_those_of_the_plugin() -> None:
    """Fields of CHSqlQuery (src/types/sql.ts), formats of mapQueryTypeToGrafanaFormat (src/data/utils.ts)."""
    forms = {"timeseries": 0, "table": 1, "traces": 3}
    drawn = {"timeseries": {"timeseries"}, "heatmap": {"timeseries"}, "stat": {"table"}, "table": {"table"}}
    for uid, panel in PANELS:
        (target,) = panel["targets"]
        assert set(target) == {
            "datasource", "editorType", "format", "pluginVersion", "queryType", "rawSql", "refId",
        }, uid  # fmt: skip
        assert target["format"] == forms[target["queryType"]]
        assert target["queryType"] in drawn.get(panel["type"], {"traces"})


def _links(board: Json) -> list[str]:
    return [
        link["url"]
        for panel in board["panels"]
        for override in panel["fieldConfig"].get("overrides", [])
        for setting in override["properties"]
        if setting["id"] == "links"
        for link in setting["value"]
    ]


def list_choices(store: Store, name: str, variables: Variables) -> list[str]:
    """What a variable of the release board offers."""
    (variable,) = [one for one in BOARDS["runvault-release"]["templating"]["list"] if one["name"] == name]
    rows = store.query(expand(variable["query"], variables, FROM_MS, TO_MS), tag="test")
    return [next(iter(row.values())) for row in rows]


@pytest.mark.engine
def test_variables_list_what_is_there(store: Store, everything: Variables) -> None:
    assert everything["tenant"] in list_choices(store, "tenant", everything)
    versions = ["v1", "v2", "v3"]
    expected = {
        "environment": ["production", "staging"], "workflow": ["refunds", "support"], "version": versions,
        "model": ["m-large", "m-next", "m-small"], "baseline": versions, "candidate": versions,
    }  # fmt: skip
    assert {name: list_choices(store, name, everything) for name in expected} == expected


@pytest.mark.engine
def test_variables_are_narrowed_by_those_before_them(store: Store, tenant: str, everything: Variables) -> None:
    told = [
        ("production", "refunds", "v1", "m-a"), ("production", "support", "v2", "m-b"),
        ("staging", "refunds", "v3", "m-c"),
    ]  # fmt: skip
    names = ("Environment", "Workflow", "Version")
    rows = [
        make_run(tenant, f"r{number}", **dict(zip(names, run, strict=False)), Models=[run[3]])
        for number, run in enumerate(told)
    ]
    insert_rows(store, "runs", rows)
    own = {**everything, "tenant": tenant}
    assert list_choices(store, "workflow", {**own, "environment": ["staging"]}) == ["refunds"]
    assert list_choices(store, "version", {**own, "environment": ["production"]}) == ["v1", "v2"]
    assert list_choices(store, "version", {**own, "workflow": ["refunds"]}) == ["v1", "v3"]
    assert list_choices(store, "baseline", {**own, "workflow": ["refunds"], "version": ["v1"]}) == ["v1", "v3"]
    assert list_choices(store, "model", {**own, "version": ["v2", "v3"], "environment": ["production"]}) == ["m-b"]


def test_files_are_json_with_sorted_keys() -> None:
    for path, text in render_files().items():
        if path.suffix == ".json":
            assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
