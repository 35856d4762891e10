"""Release comparison: two versions side by side, and what of it is more than noise."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.panels import About, Panel, make_series, make_stat, make_table
from dashboards.sql import THRESHOLD, ask_comparison, ask_cost, ask_reliability, ask_run_latency
from dashboards.variables import choose_version

SIDES = "Version IN (${baseline:sqlstring}, ${candidate:sqlstring})"
SIDE_OF_RUN = "multiIf(Version = ${baseline:sqlstring}, 'baseline', Version = ${candidate:sqlstring}, 'candidate', '')"
VERDICTS = {"worse": "red", "better": "green", "same": "text", "too few": "#808080"}
SIDE = "if(Version = ${baseline:sqlstring}, 'baseline', 'candidate') AS Side"


def build_release() -> Dashboard:
    """The board of a release."""
    return make_board(
        "release",
        "Release comparison",
        "A baseline and a candidate version side by side, with the verdicts of `runvault compare`.",
        [
            show_regressed(), show_better(), show_undecided(), show_runs("Baseline"), show_runs("Candidate"),
            list_verdicts(), list_reliability(), list_cost(), list_latency(), draw_completion(), draw_cost(),
            draw_p95(), draw_tool_errors(),
        ],
        [choose_version("baseline", "Baseline"), choose_version("candidate", "Candidate")],
    )  # fmt: skip


def show_regressed() -> Panel:
    about = About(
        "Regressed",
        f"Measures that are worse by {THRESHOLD:.0%} or more, and for certain: the 99 % interval leaves out no change.",
        "short", 5, 4, most=1,
    )  # fmt: skip
    return make_stat(about, ask_comparison("countIf(Verdict = 'worse') AS Regressed", SIDE_OF_RUN))


def show_better() -> Panel:
    about = About("Better", f"Measures that are better by {THRESHOLD:.0%} or more, and for certain.", "short", 5, 4)
    return make_stat(about, ask_comparison("countIf(Verdict = 'better') AS Better", SIDE_OF_RUN))


def show_undecided() -> Panel:
    about = About("Too few to tell", "Measures about which more runs have to tell.", "short", 4, 4)
    return make_stat(about, ask_comparison("countIf(Verdict = 'too_few') AS TooFew", SIDE_OF_RUN))


def show_runs(side: str) -> Panel:
    """How many runs one side has."""
    about = About(f"{side} runs", "Under 30, no verdict; 100 for the 95th percentile.", "short", 5, 4, least=30)
    return make_stat(about, ask_comparison(f"any({side}Runs) AS Runs", SIDE_OF_RUN))


def list_verdicts() -> Panel:
    about = About(
        "Verdicts",
        f"Worse, better: a change of {THRESHOLD:.0%} or more (the threshold) whose 99 % interval leaves out zero."
        " Same: a smaller change. Too few: it may be noise, or a side has under 30 units (100 runs for the 95th).",
        "short", 24, 13, columns={"Change": "percentunit", "Threshold": "percentunit"}, colours={"Verdict": VERDICTS},
    )  # fmt: skip
    select = (
        'replaceAll(Measure, \'_\', \' \') AS "Measure", Baseline AS "Baseline", Candidate AS "Candidate",\n'
        f'    Change AS "Change", {THRESHOLD} AS "Threshold", replaceAll(Verdict, \'_\', \' \') AS "Verdict",\n'
        '    DifferenceLow AS "99 % from", DifferenceHigh AS "99 % to", BaselineN AS "Units of baseline",\n'
        '    CandidateN AS "Units of candidate"'
    )
    return make_table(about, ask_comparison(select, SIDE_OF_RUN), runs=())


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
