"""Who holds one tenant's key gets that tenant's rows, reads no file, reaches no network, changes nothing."""

from pathlib import Path

import pytest

from tests.sqldoor.conftest import House
from tests.sqldoor.cut import CUT, OWN
from tests.sqldoor.hostile import REFUSED, SOURCES, WRAPS

pytestmark = pytest.mark.service

LEFT = Path("/tmp/runvault-hostile")
CODES = {"36", "48", "60", "62", "73", "164", "497"}
"""BAD_ARGUMENTS (no SELECT), NOT_IMPLEMENTED, UNKNOWN_TABLE, SYNTAX_ERROR, UNKNOWN_FORMAT, READONLY, ACCESS_DENIED."""


@pytest.mark.parametrize("sql", REFUSED)
def test_hostile_statements_are_refused(house: House, sql: str) -> None:
    answer = house.ask(sql, param_t="audit_entries")
    assert answer.status_code >= 400
    assert answer.headers["x-clickhouse-exception-code"] in CODES, answer.text
    assert "SECRET" not in answer.text
    assert not list(LEFT.parent.glob(f"{LEFT.name}*"))


@pytest.mark.parametrize("sql", CUT)
def test_other_statements_are_cut_to_the_tenant(house: House, sql: str) -> None:
    assert house.read(sql) == CUT[sql]


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("source", SOURCES)
def test_closed_sources_are_refused_wherever_they_stand(house: House, wrap: str, source: str) -> None:
    answer = house.ask(wrap.format(source))
    assert answer.headers.get("x-clickhouse-exception-code") == "497", answer.text


def test_nothing_was_changed(house: House) -> None:
    assert house.read("SELECT RunId FROM runs ORDER BY RunId") == OWN
    assert house.read("SELECT RunId FROM runs ORDER BY RunId", house.globex) == [["g-1"], ["g-2"]]


def test_a_key_with_an_environment_sees_that_environment(house: House) -> None:
    for table in ("runs", "runs_current"):
        assert house.read(f"SELECT RunId FROM {table}", house.production) == [["a-1"]]
    for table in ("steps", "otel_traces", "span_payloads", "otel_traces_trace_id_ts", "cost_per_outcome"):
        assert house.read(f"SELECT count() FROM {table}", house.production) == [["1"]]


@pytest.mark.parametrize(
    "named",
    [
        {"readonly": "0"},
        {"additional_table_filters": "{}"},
        {"log_comment": ""},
        {"allow_ddl": "1"},
        {"role": "x"},
        {"dialect": "clickhouse_json"},
        {"allow_introspection_functions": "1"},
        {"format_schema": "/etc/passwd"},
        {"x'; SET readonly = 0": "1"},
        {"additional_result_filter": "1"},
        {"max_memory_usage_for_user": "0"},
        {"workload": "x"},
        {"url_base": "x"},
        {"implicit_select": "1"},
        {"database": "system"},
        {"compress": "1"},
        {"max_execution_time": "ten"},
        {"session_timezone": "x'), readonly = ('0"},
    ],
    ids=str,
)
def test_settings_of_the_url_that_are_not_on_the_list_are_refused(house: House, named: dict[str, str]) -> None:
    answer = house.ask("SELECT Tenant FROM runs", **named)
    assert answer.status_code >= 400
    assert answer.headers["x-clickhouse-exception-code"]


def test_parameters_are_values(house: House) -> None:
    hostile = r"x' OR 1 = 1 --"
    assert house.read("SELECT {p:String}, {n:UInt8} + 1", param_p=hostile, param_n="1") == [[r"x\' OR 1 = 1 --", "2"]]
    assert house.read("SELECT length({p:String})", param_p=r"a\tb\\") == [["4"]]
    assert house.ask("SELECT {n:UInt8}", param_n="1 + 1").headers["x-clickhouse-exception-code"] == "457"


def test_names_of_parameters_are_names(house: House) -> None:
    for name in ("x'; DROP TABLE runs", "x} FROM audit_entries --", "a.b", "_CAST", "", "é", "x" * 1000, "log_comment"):
        answer = house.ask("SELECT Tenant, {p:String} FROM runs LIMIT 1", param_p="v", **{f"param_{name}": "1"})
        assert answer.text == "acme\tv\n" or answer.status_code >= 400


def test_names_with_hostile_letters_are_names(house: House) -> None:
    for name in ("a\nFORMAT JSON", "a` FROM audit_entries --", "a\\", "a'; DROP TABLE runs", 'a"b'):
        quoted = "`" + name.replace("\\", "\\\\").replace("`", "\\`").replace("\n", "\\n") + "`"
        assert house.ask(f"SELECT 1 AS {quoted} FORMAT JSON").json()["meta"][0]["name"] == name


@pytest.mark.parametrize("form", ["JSON", "JSONCompact", "JSONStrings", "XML", "JSONColumnsWithMetadata"])
def test_no_answer_tells_how_many_rows_were_read(house: House, form: str) -> None:
    answer = house.ask("SELECT RunId FROM runs WHERE UserId LIKE 'hello%'", default_format=form)
    assert answer.status_code == 200
    assert "read" not in answer.text
    assert "x-clickhouse-summary" not in answer.headers


def test_one_tenants_statement_leaves_nothing_for_the_next(house: House) -> None:
    sql = "SELECT count() FROM runs WHERE UserId LIKE 'SECRET%'"
    for _ in range(2):
        assert house.read(sql) == [["0"]]
        assert house.read(sql, house.globex) == [["2"]]


def test_comments_hide_nothing(house: House) -> None:
    assert house.read("/* FORMAT Null */ SELECT 1 -- SETTINGS readonly = 0") == [["1"]]
    assert house.ask("SEL/**/ECT 1").status_code == 400
    assert house.ask("SELECT * FROM/**/audit_entries").status_code == 403


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Basic !"}, {"x-clickhouse-key": "rv_aaaaaaaaaa_" + "a" * 43}]
)
def test_without_a_valid_key_nothing_is_answered(house: House, headers: dict[str, str]) -> None:
    answer = house.http.post(house.service.sql, content=b"SELECT 1", headers=headers)
    assert answer.status_code == 403
    assert answer.headers["x-clickhouse-exception-code"] == "516"
    in_url = {"user": "any", "password": house.acme}  # a key in a URL ends up in logs
    assert house.http.post(house.service.sql, content=b"SELECT 1", params=in_url).status_code == 403


def test_a_key_that_may_not_read_is_refused(house: House) -> None:
    answer = house.ask("SELECT 1", house.ingest)
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (403, "497")


def test_errors_hold_no_value_of_a_row(house: House) -> None:
    answer = house.ask("SELECT toUInt64(UserId) FROM runs")
    assert answer.headers["x-clickhouse-exception-code"] == "6"
    assert "hello" not in answer.text
