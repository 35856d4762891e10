"""Fleet overview: is it running, does it work, what does it cost."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.panels import About, Panel, make_series, make_stat, make_table
from dashboards.sql import ask_cost, ask_coverage, ask_reliability, ask_run_latency, choose_runs


def build_fleet() -> Dashboard:
    """The board that a day begins with."""
    return make_board(
        "fleet",
        "Fleet overview",
        "Runs, success, cost per success, latency and coverage of all agents.",
        [
            show_runs(), show_completion(), show_cost_per_success(), show_p95(), show_coverage(), show_spend(),
            draw_runs(), draw_completion(), draw_spend(), draw_p95(), list_workflows(), list_latest_runs(),
        ],
    )  # fmt: skip


def show_runs() -> Panel:
    about = About("Runs", "Runs that started in the time range.", "short", 4, 4)
    return make_stat(about, ask_reliability("Runs"))


def show_completion() -> Panel:
    about = About(
        "Completion", "Runs with outcome success over runs whose outcome is known.", "percentunit", 4, 4, 0.95
    )
    return make_stat(about, ask_reliability("CompletionRate"))


def show_cost_per_success() -> Panel:
    about = About("Cost per success", "What all runs cost over those that succeeded.", "currencyUSD", 4, 4)
    return make_stat(about, ask_cost("if(Successes = 0, NULL, toFloat64(TotalUsd) / Successes) AS CostPerSuccess"))


def show_p95() -> Panel:
    about = About(
        "p95 of runs",
        "95th percentile of a run's duration, start of its first step to the end of its last.",
        "ms",
        4,
        4,
    )
    return make_stat(about, ask_run_latency("if(Count = 0, NULL, Quantiles[3]) AS P95Ms"))


def show_coverage() -> Panel:
    about = About(
        "Coverage", "Runs whose root was seen and that lack no parent, over all runs.", "percentunit", 4, 4, 0.99
    )
    return make_stat(about, ask_coverage("Coverage"))


def show_spend() -> Panel:
    about = About("Spend per hour", "Mean cost of an hour in the time range.", "currencyUSD", 4, 4)
    hours = "greatest(toFloat64($__toTime - $__fromTime) / 3600, 1 / 60)"
    return make_stat(about, ask_cost(f"toFloat64(TotalUsd) / {hours} AS UsdPerHour"))


def draw_runs() -> Panel:
    about = About("Runs by workflow", "Runs that started in each interval.", "short")
    return make_series(about, ask_reliability("Runs", "time", "Workflow"))


def draw_completion() -> Panel:
    about = About(
        "Completion by workflow", "Runs with outcome success over runs whose outcome is known.", "percentunit"
    )
    return make_series(about, ask_reliability("CompletionRate", "time", "Workflow"))


def draw_spend() -> Panel:
    about = About("Cost by workflow", "Cost of the runs that started in each interval.", "currencyUSD")
    return make_series(about, ask_cost("toFloat64(TotalUsd) AS Usd", "time", "Workflow"))


def draw_p95() -> Panel:
    about = About("p95 of runs by workflow", "95th percentile of a run's duration.", "ms")
    return make_series(about, ask_run_latency("Quantiles[3] AS P95Ms", "time", "Workflow"))


def list_workflows() -> Panel:
    shares = {"Completion": "percentunit", "Silent failures": "percentunit", "Tool errors": "percentunit"}
    about = About("Workflows and versions", "Reliability side by side.", "short", 12, 10, columns=shares)
    select = (
        'Runs, CompletionRate AS "Completion", SilentFailureRate AS "Silent failures", ToolErrorRate AS "Tool errors"'
    )
    return make_table(about, ask_reliability(select, "Workflow", "Version"), runs=())


def list_latest_runs() -> Panel:
    columns = {"Started": "dateTimeAsIso", "Cost": "currencyUSD", "Duration": "ms"}
    about = About(
        "Latest runs", "Newest first. A run's id leads to its board and its replay.", "string", 12, 10, columns=columns
    )
    sql = (
        'SELECT RunId AS "Run", StartedAt AS "Started", Workflow, Version, OutcomeStatus AS "Outcome",\n'
        '    DurationMs AS "Duration", toFloat64(CostUsd) AS "Cost"\n'
        f"FROM runs_current\nWHERE {choose_runs()}\nORDER BY StartedAt DESC, RunId DESC\nLIMIT 50"
    )
    return make_table(about, sql)
