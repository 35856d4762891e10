"""One run: what it was, its steps in order, and its spans as a trace."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.panels import About, Panel, make_stat, make_table, make_trace
from dashboards.sql import TENANT
from dashboards.variables import name_run

OF_RUN = "TraceId IN (SELECT arrayJoin(TraceIds) FROM runs_current WHERE {run})"
TAGS = ("StepType", "Agent", "Model", "ToolName", "ErrorType", "PolicyDecision", "FinishReason")
"""What the trace view shows of each step beside its name."""
RUN = f"Tenant = {TENANT} AND RunId = ${{run:sqlstring}}"


def build_run() -> Dashboard:
    """The board that other boards' run ids lead to."""
    return make_board(
        "run",
        "Run",
        "One run by its id: outcome, cost, latency, steps. What was said is on the run's replay, not here.",
        [
            show_outcome(),
            show_cost(),
            show_duration(),
            show_steps(),
            show_errors(),
            describe_run(),
            show_trace(),
            list_steps(),
        ],
        [name_run()],
    )


def show_outcome() -> Panel:
    about = About("Outcome", "The outcome that stands.", "string", 8, 4)
    return make_stat(about, _ask_run("OutcomeStatus"), text=True)


def show_cost() -> Panel:
    about = About("Cost", "Model, tools and review.", "currencyUSD", 4, 4)
    return make_stat(about, _ask_run("toFloat64(CostUsd) AS Usd"))


def show_duration() -> Panel:
    about = About("Duration", "Start of the first step to the end of the last.", "ms", 4, 4)
    return make_stat(about, _ask_run("DurationMs"))


def show_steps() -> Panel:
    about = About("Steps", "Spans of the run.", "short", 4, 4)
    return make_stat(about, _ask_run("Steps"))


def show_errors() -> Panel:
    about = About("Errors", "Errors at their deepest span.", "short", 4, 4, most=1)
    return make_stat(about, _ask_run("Errors"))


def describe_run() -> Panel:
    about = About("The run", "Its id leads to its replay.", "string", 24, 4, columns={"Started": "dateTimeAsIso"})
    columns = (
        'RunId AS "Run", StartedAt AS "Started", Environment, Workflow, Version, Agent,\n'
        "    arrayStringConcat(Models, ', ') AS \"Models\", arrayStringConcat(SideEffects, ', ') AS \"Side effects\",\n"
        '    OutcomeReason AS "Reason", OutcomeSource AS "Said by", RootSeen = 1 AND OrphanSpans = 0 AS "Whole"'
    )
    return make_table(about, _ask_run(columns))


def show_trace() -> Panel:
    about = About(
        "Trace", "The run's steps by time, as a tree. A run of several traces has several roots.", "ms", 24, 16
    )
    names = ", ".join(f"'{name}'" for name in TAGS)
    values = ", ".join(f"toString({name})" for name in TAGS)
    told = "arrayFilter(pair -> pair['value'] != '', arrayMap((key, value) -> map('key', key, 'value', value),\n"
    # columns of Grafana's trace view: startTime and duration in milliseconds, statusCode 2 is an error
    sql = (
        "SELECT TraceId AS traceID, SpanId AS spanID, ParentSpanId AS parentSpanID, ServiceName AS serviceName,\n"
        "    SpanName AS operationName, toUnixTimestamp64Nano(Timestamp) / 1e6 AS startTime,\n"
        "    Duration / 1e6 AS duration, if(HasFailed = 1, 2, 0) AS statusCode,\n"
        f"    {told}        [{names}],\n        [{values}])) AS tags,\n"
        "    [map('key', 'environment', 'value', toString(Environment))] AS serviceTags\n"
        f"FROM steps_current\nWHERE {RUN}\n    AND {OF_RUN.format(run=RUN)}\n"
        "ORDER BY startTime, traceID, spanID\nLIMIT 5000"
    )
    return make_trace(about, sql)


def list_steps() -> Panel:
    columns = {"Started": "dateTimeAsIso", "Latency": "ms", "Cost": "currencyUSD"}
    about = About("All steps", "In the order in which they started.", "short", 24, 16, columns=columns)
    sql = (
        'SELECT Timestamp AS "Started", StepType AS "Type", SpanName AS "Name", Agent, Model, ToolName AS "Tool",\n'
        '    StatusCode AS "Status", ErrorType AS "Error", Duration / 1e6 AS "Latency",\n'
        '    toFloat64(ModelCostUsd * IsCounted + ToolCostUsd * IsCall + ReviewCostUsd) AS "Cost",\n'
        '    InputTokens AS "In", OutputTokens AS "Out", PolicyDecision AS "Policy", IsRetry AS "Retry",\n'
        '    TraceId AS "Trace", SpanId AS "Span"\n'
        f"FROM steps_current\nWHERE {RUN}\n"
        f"    AND {OF_RUN.format(run=RUN)}\n"
        "ORDER BY Timestamp, TraceId, SpanId\nLIMIT 5000"
    )
    return make_table(about, sql, runs=())


def _ask_run(columns: str) -> str:
    return f"SELECT {columns}\nFROM runs_current\nWHERE {RUN}"
