"""Reliability: does it finish, does it say the truth, and what does it ask of tools and people."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.panels import About, Panel, make_series, make_stat, make_table
from dashboards.sql import ask_reliability, ask_step_latency, choose_runs, choose_steps

DECIDED = "PolicyDecision != ''"
DENIED = "PolicyDecision = 'deny'"


def build_reliability() -> Dashboard:
    """The board for what goes wrong."""
    return make_board(
        "reliability",
        "Reliability",
        "Completion, silent failures, tool errors, retries, approvals and policy violations.",
        [
            show_silent(), show_tool_errors(), show_wrong_writes(), show_violations(), show_tools_mean(),
            show_tools_p95(), show_escalations(), show_retries(), show_steps(), show_wait(), draw_outcomes(),
            draw_silent(), draw_tool_errors(), draw_retries(), draw_steps(), draw_approvals(), draw_violations(),
            draw_escalations(), list_rules(), list_tools(), list_silent(), list_denied(),
        ],
    )  # fmt: skip


def show_silent() -> Panel:
    about = About(
        "Silent failures", "Runs that claimed success and whose outcome is another, over those that claimed it.",
        "percentunit", 4, 4, most=0.001,
    )  # fmt: skip
    return make_stat(about, ask_reliability("SilentFailureRate"))


def show_tool_errors() -> Panel:
    about = About("Tool errors", "Tool calls that ended in an error.", "percentunit", 4, 4)
    return make_stat(about, ask_reliability("ToolErrorRate"))


def show_wrong_writes() -> Panel:
    about = About(
        "Wrong writes", "Of runs that changed something outside, and whose outcome is known, those that failed.",
        "percentunit", 4, 4, most=0.001,
    )  # fmt: skip
    return make_stat(about, ask_reliability("WrongWriteRate"))


def show_violations() -> Panel:
    about = About("Violations per 1,000 runs", "Decisions of a policy to deny.", "short", 4, 4, most=0.5)
    return make_stat(about, ask_reliability("ViolationsPer1000"))


def show_tools_mean() -> Panel:
    about = About("Tool calls per run", "Mean over runs.", "short", 4, 4, most=8)
    return make_stat(about, ask_reliability("ToolCallsMean"))


def show_tools_p95() -> Panel:
    about = About("p95 tool calls per run", "95th percentile over runs.", "short", 4, 4, most=20)
    return make_stat(about, ask_reliability("ToolCallsP95"))


def show_escalations() -> Panel:
    about = About(
        "Escalations", "Runs that ended with a person, over runs whose outcome is known.", "percentunit", 6, 4
    )
    return make_stat(about, ask_reliability("EscalationRate"))


def show_retries() -> Panel:
    about = About("Retries per run", "Calls that tried again what had failed, mean over runs.", "short", 6, 4)
    return make_stat(about, ask_reliability("RetriesPerRun"))


def show_steps() -> Panel:
    about = About("Steps per run", "Mean over runs.", "short", 6, 4)
    return make_stat(about, ask_reliability("StepsMean"))


def show_wait() -> Panel:
    about = About("p95 wait for approval", "Of what a run waited in all, over runs that asked.", "ms", 6, 4)
    return make_stat(about, ask_reliability("ApprovalWaitP95"))


def draw_outcomes() -> Panel:
    about = About("Completion and escalation", "Over runs whose outcome is known.", "percentunit")
    return make_series(about, ask_reliability('CompletionRate AS "completed", EscalationRate AS "escalated"', "time"))


def draw_silent() -> Panel:
    about = About("Silent failures by version", "Over runs that claimed success.", "percentunit")
    return make_series(about, ask_reliability("SilentFailureRate", "time", "Workflow", "Version"))


def draw_tool_errors() -> Panel:
    about = About("Tool errors by version", "Tool calls that ended in an error.", "percentunit")
    return make_series(about, ask_reliability("ToolErrorRate", "time", "Workflow", "Version"))


def draw_retries() -> Panel:
    about = About("Retries by workflow", "Calls that tried again what had failed, per run.", "short")
    return make_series(about, ask_reliability("RetriesPerRun", "time", "Workflow"))


def draw_steps() -> Panel:
    about = About("Steps and tool calls per run", "Mean and 95th percentile.", "short")
    select = (
        'StepsMean AS "steps", StepsP95 AS "steps p95", ToolCallsMean AS "tool calls", ToolCallsP95 AS "tool calls p95"'
    )
    return make_series(about, ask_reliability(select, "time"))


def draw_approvals() -> Panel:
    about = About("Waiting for approval", "Mean per approval; 95th percentile of what a run waited in all.", "ms")
    return make_series(about, ask_reliability('ApprovalWaitMean AS "mean", ApprovalWaitP95 AS "p95 of runs"', "time"))


def draw_violations() -> Panel:
    about = About("Policy violations by workflow", "Decisions of a policy to deny.", "short")
    return make_series(about, ask_reliability("ViolationCount", "time", "Workflow"))


def draw_escalations() -> Panel:
    about = About("Escalations by workflow", "Over runs whose outcome is known.", "percentunit")
    return make_series(about, ask_reliability("EscalationRate", "time", "Workflow"))


def list_rules() -> Panel:
    columns = {"Latest": "dateTimeAsIso"}
    about = About("Policy rules", "What each rule decided, most denials first.", "short", 12, 9, columns=columns)
    counts = ", ".join(f"countIf(PolicyDecision = '{word}') AS \"{word}\"" for word in ("deny", "escalate", "allow"))
    sql = (
        f"SELECT if(PolicyRule = '', 'no name', PolicyRule) AS \"Rule\", {counts}, uniqExact(RunId) AS \"Runs\",\n"
        '    max(steps_current.Timestamp) AS "Latest"\n'
        f"FROM steps_current\nWHERE {choose_steps(DECIDED)}\n"
        'GROUP BY "Rule"\nORDER BY "deny" DESC, "Rule"\nLIMIT 100'
    )
    return make_table(about, sql, runs=())


def list_denied() -> Panel:
    columns = {"At": "dateTimeAsIso"}
    about = About("Latest violations", "What a policy denied, newest first.", "string", 24, 9, columns=columns)
    sql = (
        'SELECT RunId AS "Run", steps_current.Timestamp AS "At", Workflow, Version, PolicyRule AS "Rule",\n'
        '    PolicyReason AS "Reason", ToolName AS "Tool", SpanName AS "Step"\n'
        "FROM steps_current\n"
        f"WHERE {choose_steps(DENIED)}\n"
        'ORDER BY "At" DESC, "Run"\nLIMIT 50'
    )
    return make_table(about, sql)


def list_tools() -> Panel:
    columns = {"Error rate": "percentunit", "p95": "ms"}
    about = About("Tools", "Calls and errors by tool, most frequent first.", "short", 12, 9, columns=columns)
    select = 'Count AS "Calls", Errors, Errors / Count AS "Error rate", Quantiles[3] AS "p95"'
    sql = ask_step_latency(select, "ToolName", steps="StepType = 'tool_call'", tail='ORDER BY "Calls" DESC')
    return make_table(about, sql, runs=())


def list_silent() -> Panel:
    columns = {"Started": "dateTimeAsIso"}
    about = About("Latest silent failures", "They claimed success, and it was not.", "string", 24, 9, columns=columns)
    condition = "ClaimedStatus = 'success' AND OutcomeStatus != 'success'"
    sql = (
        'SELECT RunId AS "Run", StartedAt AS "Started", Workflow, Version, OutcomeStatus AS "Outcome",\n'
        '    OutcomeReason AS "Reason", OutcomeSource AS "Said by"\n'
        f"FROM runs_current\nWHERE {choose_runs(condition)}\nORDER BY StartedAt DESC, RunId DESC\nLIMIT 50"
    )
    return make_table(about, sql)
