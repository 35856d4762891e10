"""What boards, Grafana's editor, drivers and notebooks ask is answered."""

from typing import Any

import pytest

from dashboards.build import list_boards
from tests.api.rows import BASE_NS
from tests.dashboards.plugin import ALL, expand
from tests.sqldoor.conftest import House

pytestmark = pytest.mark.service

PANELS = [(uid, panel) for uid, board in list_boards().items() for panel in board["panels"]]
VARIABLES = [
    (uid, variable)
    for uid, board in list_boards().items()
    for variable in board["templating"]["list"]
    if variable["type"] == "query"
]
FROM_MS, TO_MS = BASE_NS // 10**6, BASE_NS // 10**6 + 62 * 3_600_000
CHOSEN: dict[str, str | list[str]] = {
    "tenant": "acme",
    **{name: [ALL] for name in ("environment", "workflow", "version", "model")},
    "baseline": "v1",
    "candidate": "v2",
    "run": "a-1",
}

CLOSED_PANELS = {
    "runvault-privacy: Held too long",
    "runvault-privacy: Retention",
    "runvault-privacy: Originals opened",
    "runvault-privacy: Break-glass",
}
"""They read the policy of all tenants, and what the API shows to responders, approvers and admins only."""

HONEST: dict[str, list[list[str]]] = {
    "SELECT 1": [["1"]],
    "select 1 as a, 'b' as b": [["1", "b"]],
    "SELECT 1;": [["1"]],
    "SELECT count(), countIf(Environment = 'production'), sum(CostUsd) FROM runs": [["2", "1", "2"]],
    "SELECT RunId, row_number() OVER (ORDER BY RunId) FROM runs ORDER BY 1": [["a-1", "1"], ["a-2", "2"]],
    "SELECT quantilesIf(0.5, 0.9)(DurationMs, 1) FROM runs": [["[0,0]"]],
    "SELECT Environment, count() AS n FROM runs GROUP BY ALL HAVING n > 0 ORDER BY Environment LIMIT 1": [
        ["production", "1"]
    ],
    "SELECT r.RunId FROM runs_current AS r INNER JOIN steps_current AS s USING (RunId) ORDER BY r.RunId": [
        ["a-1"],
        ["a-2"],
    ],
    "SELECT CASE WHEN 1 = 1 THEN 'x' ELSE 'y' END, if(0, 1, 2), COALESCE(NULL, 3)": [["x", "2", "3"]],
    "SELECT toStartOfInterval(toDateTime('2026-03-01 12:34:00', 'UTC'), INTERVAL 1 HOUR)": [["2026-03-01 12:00:00"]],
    "SELECT arrayMap(x -> x * 2, [1, 2]), map('a', 1)['a'], (1, 'b').2": [["[2,4]", "1", "b"]],
    "SELECT x FROM runs ARRAY JOIN [1] AS x WHERE RunId = 'a-1'": [["1"]],
    "SELECT 'a-1' IN ('a-1', 'b'), 2 IN (SELECT 2), has([1], 1)": [["1", "1", "1"]],
    "WITH x AS (SELECT 1 AS a) SELECT a FROM x UNION ALL SELECT a + 1 FROM x ORDER BY a": [["1"], ["2"]],
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT max(n) FROM t": [["3"]],
    "SELECT number FROM numbers(3) ORDER BY number DESC": [["2"], ["1"], ["0"]],
    "SELECT a FROM VALUES('a UInt8', 1, 2)": [["1"], ["2"]],
    "SELECT 1 SETTINGS max_execution_time = 10": [["1"]],
    "SELECT DISTINCT Workflow FROM runs SETTINGS max_execution_time=10": [["refunds"]],
    "WITH (x -> x + 1) AS plusOne SELECT plusOne(2)": [["3"]],
    "SELECT currentDatabase()": [["default"]],
    "SHOW DATABASES": [["default"]],
    "SHOW TABLES FROM default LIKE 'runs%'": [["runs"], ["runs_current"]],
    "SELECT database, name FROM system.tables WHERE name = 'runs' ORDER BY database, name": [["default", "runs"]],
    "SELECT name, type FROM system.columns WHERE (database, table) IN (('default', 'runs')) AND position = 1": [
        ["Tenant", "LowCardinality(String)"]
    ],
    "SELECT value FROM system.settings WHERE name = 'max_execution_time'": [["30"]],
    "SELECT value FROM system.settings WHERE name = 'readonly'": [["2"]],
    "SELECT count() FROM system.one": [["1"]],
    "/* a comment */ SELECT 1 -- and another": [["1"]],
    "SELECT * EXCEPT (a) FROM (SELECT 1 AS a, 2 AS b)": [["2"]],
    "SELECT number, sum(number) FROM numbers(2) GROUP BY number WITH ROLLUP ORDER BY ALL": [
        ["0", "0"],
        ["0", "1"],
        ["1", "1"],
    ],
    "SELECT toDate('2026-01-01') + number AS d FROM numbers(1) ORDER BY d WITH FILL FROM toDate('2026-01-01') TO"
    " toDate('2026-01-03')": [["2026-01-01"], ["2026-01-02"]],
}


@pytest.mark.parametrize("sql", HONEST)
def test_honest_statements_are_answered(house: House, sql: str) -> None:
    assert house.read(sql) == HONEST[sql]


def test_describe_is_answered(house: House) -> None:
    for sql in ("DESCRIBE TABLE runs", "DESC default.runs", 'DESCRIBE TABLE "default"."runs"'):
        assert house.read(sql)[0][:2] == ["Tenant", "LowCardinality(String)"]
    assert house.ask("DESCRIBE TABLE runs FORMAT JSON").json()["data"][0]["name"] == "Tenant"


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=[f"{uid}: {panel['title']}" for uid, panel in PANELS])
def test_every_panel_is_answered(house: House, uid: str, panel: Any) -> None:
    (target,) = panel["targets"]
    answer = house.ask(expand(target["rawSql"], CHOSEN, FROM_MS, TO_MS), default_format="JSON")
    if f"{uid}: {panel['title']}" in CLOSED_PANELS:
        assert answer.headers["x-clickhouse-exception-code"] == "497"
        return
    assert answer.status_code == 200, answer.text
    assert answer.json()["meta"]


@pytest.mark.parametrize(("uid", "variable"), VARIABLES, ids=[f"{uid}: {v['name']}" for uid, v in VARIABLES])
def test_every_variable_is_answered(house: House, uid: str, variable: Any) -> None:
    query = variable["query"]
    sql = query if isinstance(query, str) else query["rawSql"]
    assert house.ask(expand(sql, CHOSEN, FROM_MS, TO_MS)).status_code == 200


def test_a_board_counts_what_the_store_holds(house: House) -> None:
    (runs,) = [panel for uid, panel in PANELS if uid == "runvault-fleet" and panel["title"] == "Runs"]
    sql = expand(runs["targets"][0]["rawSql"], CHOSEN, FROM_MS, TO_MS)
    assert house.read(sql) == [["2"]]
    assert house.read(sql, house.production) == [["1"]]
    assert house.read(sql, house.globex) == [["0"]]  # the board asks for acme, the key is globex'
