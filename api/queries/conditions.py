"""Filters as conditions: fixed fragments of SQL, and the parameters they name."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from api.cursors import RunCursor
from api.models import LatencyQuery, Period, RunFilters, StepFilters
from schema.lifetimes import NEVER

NANOS_PER_DAY = 86_400 * 10**9

TENANT = "Tenant = {tenant:String}"

_RUN_NAMES = {
    "workflow": "Workflow IN {workflow:Array(String)}",
    "version": "Version IN {version:Array(String)}",
    "agent": "Agent IN {agent:Array(String)}",
    "environment": "Environment IN {environment:Array(String)}",
    "outcome": "OutcomeStatus IN {outcome:Array(String)}",
    "user": "UserId IN {user:Array(String)}",
    "model": "hasAny(Models, {model:Array(String)})",
    "tool": "hasAny(Tools, {tool:Array(String)})",
}
_STEP_NAMES = {name: _RUN_NAMES[name] for name in ("workflow", "version", "agent", "environment")} | {
    "model": "Model IN {model:Array(String)}",
    "tool": "ToolName IN {tool:Array(String)}",
}
# `type:id` can use the bloom index; a type or an id alone must look into every entry. With FINAL the engine reads on in
# every part that the keys it found may lie in, of other days too; the days in which any version has it leave those out.
# It is asked for them with the index as it plans: as it reads, 58 ms of CPU at 400 days became 15.
_SIDE_EFFECT = "hasAny(SideEffects, {side_effect:Array(String)})"
_SIDE_EFFECT_WHOLE = f"""{_SIDE_EFFECT}
    AND Day IN
    (
        SELECT Day FROM runs WHERE {TENANT} AND {_SIDE_EFFECT}
        SETTINGS max_threads = 1, use_skip_indexes_on_data_read = 0
    )"""  # noqa: S608 - fixed fragments
_SIDE_EFFECT_PART = (
    "arrayExists(entry -> has({side_effect:Array(String)}, entry)"
    " OR has({side_effect:Array(String)}, substring(entry, 1, position(entry, ':') - 1))"
    " OR has({side_effect:Array(String)}, substring(entry, position(entry, ':') + 1)), SideEffects)"
)
# Rows lie in partitions by the day of their start, or in that of 1970 where it is not believable. Said beside the exact
# time, this leaves out whole partitions: an index over the time does not help FINAL, which reads on where keys meet.
FROM_DAY = "(Day >= {since_day:Date} OR Day = toDate('1970-01-01'))"
_TO_DAY = "Day <= {until_day:Date}"
_LAST_DAY = date(2149, 6, 6)
"""The store's dates end here."""
_SEARCH = (
    "positionCaseInsensitiveUTF8(arrayStringConcat(arrayConcat("
    "[RunId, SessionId, UserId, CustomerId, ServiceName, Agent, AgentId, Workflow, Version, OutcomeReason],"
    " Models, Tools, SideEffects, TraceIds), '\\n'), {q:String}) > 0"
)
_MODEL_STEPS = "StepType IN ('model_call', 'embedding', 'rerank')"
_TOOL_STEPS = "StepType = 'tool_call'"


@dataclass(slots=True)
class Conditions:
    """Fragments that must all hold, and their parameters. The tenant comes first, always."""

    fragments: list[str] = field(default_factory=lambda: [TENANT])
    parameters: dict[str, Any] = field(default_factory=dict)

    def add(self, fragment: str, **parameters: Any) -> None:
        """One more condition."""
        self.fragments.append(fragment)
        self.parameters.update(parameters)

    @property
    def sql(self) -> str:
        """The fragments joined."""
        return "\n    AND ".join(self.fragments)


def build_run_conditions(filters: RunFilters, after: RunCursor | None = None) -> Conditions:
    """Which runs: the filters of `/v1/runs`, and where a page begins."""
    conditions = Conditions()
    _add_period(conditions, filters, "StartedAt")
    _add_names(conditions, filters, _RUN_NAMES)
    if filters.side_effect:
        whole = all(":" in entry for entry in filters.side_effect)
        conditions.add(_SIDE_EFFECT_WHOLE if whole else _SIDE_EFFECT_PART, side_effect=filters.side_effect)
    if filters.min_cost_usd is not None:
        conditions.add("CostUsd >= {min_cost_usd:Decimal(38, 12)}", min_cost_usd=filters.min_cost_usd)
    if filters.q:
        conditions.add(_SEARCH, q=filters.q)
    if after is not None:
        conditions.add("StartedAt <= fromUnixTimestamp64Nano({after_ns:Int64})", after_ns=after.started_ns)
        conditions.add(
            "(toUnixTimestamp64Nano(StartedAt), RunId) < ({after_ns:Int64}, {after_id:String})", after_id=after.run_id
        )
    return conditions


def build_step_conditions(filters: StepFilters) -> Conditions:
    """Which steps a question about all kinds of them is about."""
    conditions = Conditions()
    _add_period(conditions, filters, "Timestamp")
    _add_names(conditions, filters, _STEP_NAMES)
    return conditions


def build_run_latency_conditions(query: LatencyQuery) -> Conditions:
    """Which runs a latency question is about."""
    conditions = Conditions()
    _add_period(conditions, query, "StartedAt")
    _add_names(conditions, query, _RUN_NAMES)
    return conditions


def build_step_latency_conditions(query: LatencyQuery) -> Conditions:
    """Which steps a latency question is about: calls only, and of the kind that has what is asked for.

    Asked by or for model, provider: calls of models. By or for tool: calls of tools. By both: either.
    """
    conditions = Conditions()
    # assembled: what has no run yet is in no group. FINAL reads this column anyway; `RunId != ''` costs 25 ms a million
    conditions.add("AssembledAt > 0")
    conditions.add("IsCall = 1")
    _add_period(conditions, query, "Timestamp")
    _add_names(conditions, query, _STEP_NAMES)
    groups = set(query.group_by)
    kinds = [
        kind
        for kind, asked in (
            (_MODEL_STEPS, query.model or groups & {"model", "provider"}),
            (_TOOL_STEPS, query.tool or "tool" in groups),
        )
        if asked
    ]
    if kinds:
        conditions.add(f"({' OR '.join(kinds)})")
    return conditions


def _add_period(conditions: Conditions, period: Period, column: str) -> None:
    if period.since is not None:
        conditions.add(f"{column} >= fromUnixTimestamp64Nano({{since:Int64}})", since=period.since)
        conditions.add(FROM_DAY, since_day=_find_day(period.since))
    if period.until is not None:
        conditions.add(f"{column} < fromUnixTimestamp64Nano({{until:Int64}})", until=period.until)
        conditions.add(_TO_DAY, until_day=_find_day(period.until))


def _find_day(nanos: int) -> date:
    return min(NEVER + timedelta(max(nanos, 0) // NANOS_PER_DAY), _LAST_DAY)


def _add_names(conditions: Conditions, filters: Period, fragments: dict[str, str]) -> None:
    for name, fragment in fragments.items():
        wanted = getattr(filters, name, None)
        if wanted:
            conditions.add(fragment, **{name: wanted})
