"""Privacy: what the redactor found and could not read, what is held and for how long, and who opened originals."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.held import ask_held, count_openings, list_requests
from dashboards.panels import About, Panel, make_series, make_stat, make_table
from dashboards.sql import ask_redaction, choose_runs

FOUND = "arraySum(Findings.2)"


def build_privacy() -> Dashboard:
    """The board for whoever answers for personal data. It counts findings; no value is anywhere."""
    return make_board(
        "privacy",
        "Privacy",
        "Findings of the redactor by entity, values that failed closed, what is held, and who opened originals.",
        [
            show_findings(), show_failed(), show_touched(), show_scanned(), show_overdue(), show_openings(),
            draw_findings(), draw_failed(), list_entities(), list_policies(), list_holdings(), list_openings(),
        ],
    )  # fmt: skip


def show_findings() -> Panel:
    about = About("Findings", "Personal data and secrets replaced before they were stored.", "short", 4, 4)
    return make_stat(about, ask_redaction(f"{FOUND} AS Found"))


def show_failed() -> Panel:
    about = About("Failed closed", "Values replaced because a detector could not read them.", "short", 4, 4, most=1)
    return make_stat(about, ask_redaction("Failed"))


def show_touched() -> Panel:
    about = About("Runs with findings", "Share of runs in which something was replaced.", "percentunit", 4, 4)
    columns = "if(count() = 0, NULL, countIf(notEmpty(Findings)) / count()) AS Touched"
    return make_stat(about, f"SELECT {columns}\nFROM runs_current\nWHERE {choose_runs()}")


def show_scanned() -> Panel:
    about = About("Text scanned", "Text of spans that was looked at.", "decbytes", 4, 4)
    return make_stat(about, ask_redaction("Bytes"))


def show_overdue() -> Panel:
    about = About(
        "Held too long",
        "Rows older than the retention policy in force allows, whatever the time range says. They go soon after "
        "midnight UTC.",
        "short", 4, 4, most=1,
    )  # fmt: skip
    return make_stat(about, ask_held('sum("Overdue") AS Overdue'))


def show_openings() -> Panel:
    about = About("Originals opened", "Times that break-glass opened a run's originals.", "short", 4, 4, most=1)
    return make_stat(about, count_openings())


def draw_findings() -> Panel:
    about = About("Findings by entity", "Values replaced, by what they were.", "short")
    sql = ask_redaction("Findings", "time")
    return make_series(
        about,
        f"SELECT time, Entity, Found\nFROM\n(\n{sql}\n)\n"
        "ARRAY JOIN Findings.1 AS Entity, Findings.2 AS Found\nORDER BY time, Entity",
    )


def draw_failed() -> Panel:
    about = About("Failed closed over time", "Values replaced because a detector could not read them.", "short")
    return make_series(about, ask_redaction("Failed", "time"))


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
        "Retention",
        "What is held by class and environment, its oldest day, and how many days the policy in force allows, whatever "
        "the time range says.",
        "short", 24, 10, columns={"Age": "d", "Allowed": "d"},
    )  # fmt: skip
    columns = 'Class, Environment, "Rows", "Oldest", "Age", "Allowed", "Overdue"'
    return make_table(about, ask_held(columns, "ORDER BY Class, Environment"), runs=())


def list_openings() -> Panel:
    times = dict.fromkeys(("Asked", "Last opened"), "dateTimeAsIso")
    about = About(
        "Break-glass",
        "Requests to open originals with anything done in the time range, newest first. Keys are named by their ids.",
        "short", 24, 9, columns=times,
    )  # fmt: skip
    return make_table(about, list_requests())
