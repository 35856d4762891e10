"""Release comparison: two versions side by side. The verdict with its sample sizes is `runvault compare`'s."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.panels import About, Panel, make_series, make_table
from dashboards.sql import ask_cost, ask_reliability, ask_run_latency
from dashboards.variables import choose_version

SIDES = "Version IN (${baseline:sqlstring}, ${candidate:sqlstring})"
SIDE = "if(Version = ${baseline:sqlstring}, 'baseline', 'candidate') AS Side"


def build_release() -> Dashboard:
    """The board of a release."""
    return make_board(
        "release",
        "Release comparison",
        "A baseline and a candidate version side by side. `runvault compare` says what is more than noise.",
        [
            list_reliability(), list_cost(), list_latency(), draw_completion(), draw_cost(), draw_p95(),
            draw_tool_errors(),
        ],
        [choose_version("baseline", "Baseline"), choose_version("candidate", "Candidate")],
    )  # fmt: skip


def list_reliability() -> Panel:
    rates = dict.fromkeys(("Completion", "Escalation", "Silent failures", "Tool errors"), "percentunit")
    about = About("Reliability", "Both versions' rates; the sample sizes are runs.", "short", 24, 5, columns=rates)
    select = (
        f'{SIDE}, Runs, KnownRuns AS "Known outcomes", CompletionRate AS "Completion",\n'
        '    EscalationRate AS "Escalation", SilentFailureRate AS "Silent failures", ToolErrorRate AS "Tool errors",\n'
        '    RetriesPerRun AS "Retries per run", StepsMean AS "Steps per run", ToolCallsMean AS "Tool calls per run",\n'
        '    ViolationsPer1000 AS "Violations per 1,000"'
    )
    return make_table(about, ask_reliability(select, "Version", runs=SIDES, tail="ORDER BY Side"), runs=())


def list_cost() -> Panel:
    about = About(
        "Cost", "What runs and successes cost in both versions.", "currencyUSD", 12, 5, columns={"Runs": "short"}
    )
    select = (
        f'{SIDE}, Runs, toFloat64(TotalUsd) / Runs AS "Per run",\n'
        '    if(Successes = 0, NULL, toFloat64(TotalUsd) / Successes) AS "Per success",\n'
        '    toFloat64(P95Usd) AS "p95 of runs"'
    )
    return make_table(about, ask_cost(select, "Version", runs=SIDES, tail="ORDER BY Side"), runs=())


def list_latency() -> Panel:
    about = About("Latency", "Percentiles of runs in both versions.", "ms", 12, 5, columns={"Runs": "short"})
    select = f'{SIDE}, Count AS "Runs", Quantiles[1] AS "p50", Quantiles[3] AS "p95", Quantiles[4] AS "p99"'
    return make_table(about, ask_run_latency(select, "Version", runs=SIDES, tail="ORDER BY Side"), runs=())


def draw_completion() -> Panel:
    about = About("Completion", "Runs with outcome success over runs whose outcome is known.", "percentunit")
    return make_series(about, ask_reliability("CompletionRate", "time", "Version", runs=SIDES))


def draw_cost() -> Panel:
    about = About("Cost per run", "Mean cost of the runs that started in each interval.", "currencyUSD")
    return make_series(about, ask_cost("toFloat64(TotalUsd) / Runs AS Usd", "time", "Version", runs=SIDES))


def draw_p95() -> Panel:
    about = About("p95 of runs", "95th percentile of a run's duration.", "ms")
    return make_series(about, ask_run_latency("Quantiles[3] AS P95Ms", "time", "Version", runs=SIDES))


def draw_tool_errors() -> Panel:
    about = About("Tool errors", "Tool calls that ended in an error.", "percentunit")
    return make_series(about, ask_reliability("ToolErrorRate", "time", "Version", runs=SIDES))
