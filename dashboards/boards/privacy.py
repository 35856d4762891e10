"""Privacy: what the redactor found, and what it could not read."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.panels import About, Panel, make_series, make_stat, make_table
from dashboards.sql import choose_held, choose_runs

HELD = {"payloads": "span_payloads", "steps": "steps", "runs": "runs"}
"""Class of data → the table that shows how old it is."""


def build_privacy() -> Dashboard:
    """The board for whoever answers for personal data. It counts findings; no value is anywhere."""
    return make_board(
        "privacy",
        "Privacy",
        "Findings of the redactor by entity, values that failed closed, policies at work.",
        [
            show_findings(),
            show_failed(),
            show_touched(),
            draw_findings(),
            draw_failed(),
            list_entities(),
            list_policies(),
            list_holdings(),
        ],
    )


def show_findings() -> Panel:
    about = About("Findings", "Personal data and secrets replaced before they were stored.", "short", 8, 4)
    return make_stat(about, _ask("sum(arraySum(mapValues(Findings))) AS Found"))


def show_failed() -> Panel:
    about = About("Failed closed", "Values replaced because a detector could not read them.", "short", 8, 4, most=1)
    return make_stat(about, _ask("sum(FailedClosed) AS Failed"))


def show_touched() -> Panel:
    about = About("Runs with findings", "Share of runs in which something was replaced.", "percentunit", 8, 4)
    return make_stat(about, _ask("if(count() = 0, NULL, countIf(notEmpty(Findings)) / count()) AS Touched"))


def draw_findings() -> Panel:
    about = About("Findings by entity", "Values replaced, by what they were.", "short")
    sql = (
        "SELECT $__timeInterval(StartedAt) AS time, Name AS Entity, sum(Number) AS Found\n"
        "FROM runs_current\nARRAY JOIN mapKeys(Findings) AS Name, mapValues(Findings) AS Number\n"
        f"WHERE {choose_runs()}\nGROUP BY time, Entity\nORDER BY time, Entity"
    )
    return make_series(about, sql)


def draw_failed() -> Panel:
    about = About("Failed closed over time", "Values replaced because a detector could not read them.", "short")
    return make_series(about, _ask("$__timeInterval(StartedAt) AS time, sum(FailedClosed) AS Failed", "time"))


def list_entities() -> Panel:
    about = About("Entities", "Findings and the runs they were in, most frequent first.", "short")
    sql = (
        "SELECT Name AS Entity, sum(Number) AS Found, count() AS Runs, max(StartedAt) AS Latest\n"
        "FROM runs_current\nARRAY JOIN mapKeys(Findings) AS Name, mapValues(Findings) AS Number\n"
        f"WHERE {choose_runs()}\nGROUP BY Entity\nORDER BY Found DESC, Entity"
    )
    return make_table(about, sql, runs=())


def list_policies() -> Panel:
    about = About("Policies at work", "Versions of the redaction policy that runs were stored under.", "short")
    sql = (
        "SELECT PolicyVersion AS Policy, Environment, count() AS Runs,\n"
        "    min(StartedAt) AS Earliest, max(StartedAt) AS Latest\n"
        f"FROM runs_current\nWHERE {choose_runs()}\nGROUP BY Policy, Environment\nORDER BY Latest DESC"
    )
    return make_table(about, sql, runs=())


def list_holdings() -> Panel:
    about = About(
        "Data held", "Rows by class and environment, and the oldest day, whatever the time range says.", "short"
    )
    parts = [
        f"SELECT '{data_class}' AS Class, Environment, count() AS Rows,\n"
        f"    toString(min(nullIf(Day, toDate('1970-01-01')))) AS Oldest\n"
        f"FROM {table}\nWHERE {choose_held()}\nGROUP BY Environment"
        for data_class, table in HELD.items()
    ]
    together = "\nUNION ALL\n".join(parts)
    return make_table(about, f"SELECT *\nFROM\n(\n{together}\n)\nORDER BY Class, Environment", runs=())


def _ask(columns: str, group: str = "") -> str:
    end = f"\nGROUP BY {group}\nORDER BY {group}" if group else ""
    return f"SELECT {columns}\nFROM runs_current\nWHERE {choose_runs()}{end}"
