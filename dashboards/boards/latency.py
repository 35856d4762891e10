"""Latency: percentiles of runs and steps, first tokens, and how they spread."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.panels import About, Panel, make_heatmap, make_series, make_stat, make_table
from dashboards.sql import ask_run_latency, ask_step_latency, choose_runs

PERCENTILES = 'Quantiles[1] AS "p50", Quantiles[3] AS "p95", Quantiles[4] AS "p99"'
MODEL_CALLS = "StepType IN ('model_call', 'embedding', 'rerank')"
TOOL_CALLS = "StepType = 'tool_call'"
FIRST_TOKEN = "if(FirstTokenCount = 0, NULL, FirstTokenP95)"  # noqa: S105 - not a password
BOUNDS_MS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
"""Upper bounds of the heat map's buckets, a third of a decade each; the last one takes what is longer."""


def build_latency() -> Dashboard:
    """The board for what is slow."""
    return make_board(
        "latency",
        "Latency",
        "Percentiles of runs and steps by workflow, version, model and tool; time to the first token.",
        [
            show_percentile(1, "p50"), show_percentile(3, "p95"), show_percentile(4, "p99"), show_first_token(),
            draw_percentiles(), draw_versions(), draw_models(), draw_tools(), draw_first_token(), draw_spread(),
            list_workflows(), list_slowest(), list_calls("Model", MODEL_CALLS), list_calls("ToolName", TOOL_CALLS),
        ],
    )  # fmt: skip


def show_percentile(place: int, name: str) -> Panel:
    """One percentile of runs; `place` in the template's Quantiles."""
    about = About(f"{name} of runs", "Of a run's duration, start of its first step to the end of its last.", "ms", 6, 4)
    return make_stat(about, ask_run_latency(f"if(Count = 0, NULL, Quantiles[{place}]) AS Ms"))


def show_first_token() -> Panel:
    about = About("p95 first token", "95th percentile of the time to a model call's first token.", "ms", 6, 4)
    return make_stat(about, ask_run_latency(f"{FIRST_TOKEN} AS Ms"))


def draw_percentiles() -> Panel:
    about = About("Runs", "Percentiles of a run's duration.", "ms")
    return make_series(about, ask_run_latency(PERCENTILES, "time"))


def draw_versions() -> Panel:
    about = About("p95 of runs by version", "95th percentile of a run's duration.", "ms")
    return make_series(about, ask_run_latency("Quantiles[3] AS P95Ms", "time", "Workflow", "Version"))


def draw_models() -> Panel:
    about = About("p95 of model calls by model", "95th percentile of a model call's duration.", "ms")
    return make_series(about, ask_step_latency("Quantiles[3] AS P95Ms", "time", "Model", steps=MODEL_CALLS))


def draw_tools() -> Panel:
    about = About("p95 of tool calls by tool", "95th percentile of a tool call's duration.", "ms")
    return make_series(about, ask_step_latency("Quantiles[3] AS P95Ms", "time", "ToolName", steps=TOOL_CALLS))


def draw_first_token() -> Panel:
    about = About("p95 first token by model", "95th percentile of the time to the first token.", "ms")
    return make_series(about, ask_step_latency(f"{FIRST_TOKEN} AS Ms", "time", "Model", steps=MODEL_CALLS))


def draw_spread() -> Panel:
    about = About("How long runs take", "Runs by duration; each row is a bucket, named by its upper bound in ms.", "ms")
    lows = (0, *BOUNDS_MS[:-1])
    counts = [
        f'countIf(DurationMs >= {low} AND DurationMs < {high}) AS "{high}"'
        for low, high in zip(lows[:-1], BOUNDS_MS[:-1], strict=True)
    ]
    counts.append(f'countIf(DurationMs >= {lows[-1]}) AS "{BOUNDS_MS[-1]}"')
    sql = (
        f"SELECT $__timeInterval(StartedAt) AS time,\n    {', '.join(counts)}\n"
        f"FROM runs_current\nWHERE {choose_runs()}\nGROUP BY time\nORDER BY time"
    )
    return make_heatmap(about, sql)


def list_workflows() -> Panel:
    about = About("Workflows and versions", "Most frequent first.", "ms", 12, 9, columns={"Runs": "short"})
    select = f'Count AS "Runs", {PERCENTILES}, MaxMs AS "max"'
    return make_table(about, ask_run_latency(select, "Workflow", "Version", tail='ORDER BY "Runs" DESC'), runs=())


def list_calls(key: str, kind: str) -> Panel:
    """Percentiles of calls, by what was called."""
    title = {"Model": "Models", "ToolName": "Tools"}[key]
    columns = {"Calls": "short", "Errors": "percentunit"}
    about = About(title, "Percentiles of calls, most frequent first.", "ms", 12, 9, columns=columns)
    first = f', {FIRST_TOKEN} AS "p95 first token"' if key == "Model" else ""
    select = f'Count AS "Calls", Errors / Count AS "Errors", {PERCENTILES}, MaxMs AS "max"{first}'
    return make_table(about, ask_step_latency(select, key, steps=kind, tail='ORDER BY "Calls" DESC'), runs=())


def list_slowest() -> Panel:
    columns = {"Started": "dateTimeAsIso", "Steps": "short"}
    about = About(
        "Slowest runs", "Longest first. A run's id leads to its board and its replay.", "ms", 12, 9, columns=columns
    )
    sql = (
        'SELECT RunId AS "Run", StartedAt AS "Started", Workflow, Version, DurationMs AS "Duration", Steps\n'
        f"FROM runs_current\nWHERE {choose_runs()}\nORDER BY DurationMs DESC, RunId\nLIMIT 50"
    )
    return make_table(about, sql)
