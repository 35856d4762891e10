"""Every query of the API, as SQL and parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.cursors import RunCursor
from api.models import CostQuery, LatencyQuery, RunFilters, UnpricedQuery
from api.queries.conditions import (
    FROM_DAY,
    NANOS_PER_DAY,
    TENANT,
    Conditions,
    build_run_conditions,
    build_run_latency_conditions,
    build_step_conditions,
    build_step_latency_conditions,
)
from api.queries.places import place_groups, place_page
from api.queries.sql import Query, fill_template
from schema.lifetimes import NEVER

COST_KEYS = {
    "workflow": "Workflow",
    "version": "Version",
    "agent": "Agent",
    "model": "Model",
    "tenant": "Tenant",
    "environment": "Environment",
    "user": "UserId",
}
LATENCY_KEYS = {
    "workflow": "Workflow",
    "version": "Version",
    "agent": "Agent",
    "model": "Model",
    "tool": "ToolName",
    "step_type": "StepType",
    "provider": "Provider",
}
# a run without a model or tool still counts, in the group without one
_SPREAD = {
    "model": "arrayJoin(if(empty(Models), [''], Models)) AS Model,",
    "tool": "arrayJoin(if(empty(Tools), [''], Tools)) AS ToolName,",
}


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where a run lies: its traces, the time in which its steps started, and the days of which it has steps; none are
    known of a run that was last put together before they were kept."""

    run_id: str
    trace_ids: list[str]
    first_ns: int
    last_ns: int
    days: Sequence[date] = ()

    @property
    def parameters(self) -> dict[str, object]:
        """What finds the rows of its traces."""
        return {"trace_ids": self.trace_ids, "days": list(self.days) or self._list_days()}

    def _list_days(self) -> list[date]:
        first, last = (NEVER + timedelta(nanos // NANOS_PER_DAY) for nanos in (self.first_ns, self.last_ns))
        return [NEVER, *(first + timedelta(number) for number in range((last - first).days + 1))]


# joining drops the steps of other runs anyway; looking them up first pays only when few runs are chosen
_ONLY_CHOSEN = "AND RunId IN (SELECT RunId FROM chosen)"
# no step of a run starts before the run
_FROM_DAY = f"AND {FROM_DAY}"
# what every step of a run says alike (collector/assemble.py)
LAST_NS = 2**63 - 1
_OF_WHOLE_RUN = frozenset({"workflow", "version"})


def build_runs_query(filters: RunFilters, limit: int, after: RunCursor | None = None) -> Query:
    """A page of run summaries, newest first."""
    conditions = build_run_conditions(filters, after)
    sql = fill_template("runs", conditions=conditions.sql, settings="")
    return Query("runs", sql, {**conditions.parameters, "limit": limit})


def build_run_query(run_id: str, days: Sequence[date] = ()) -> Query:
    """The summary of one run, looked for in some days, or in all."""
    within, parameters = _name_days(days)
    conditions = f"{TENANT} AND RunId = {{run_id:String}}{within}"
    sql = fill_template("runs", conditions=conditions, settings="SETTINGS max_threads = 1")
    return Query("run", sql, {"run_id": run_id, "limit": 1, **parameters})


def build_steps_query(place: RunPlace, limit: int) -> Query:
    """The steps of one run."""
    parameters = {"run_id": place.run_id, "limit": limit, **place.parameters}
    return Query("run_steps", fill_template("run_steps"), parameters)


def build_payloads_query(place: RunPlace) -> Query:
    """What was said in the traces of a run."""
    return Query("run_payloads", fill_template("run_payloads"), place.parameters)


def build_supplements_query(place: RunPlace) -> Query:
    """What log records say of the spans of a run."""
    return Query("run_supplements", fill_template("run_supplements"), {"trace_ids": place.trace_ids})


def build_links_query(session_ids: Sequence[str]) -> Query:
    """Which runs of some sessions go on where another stood still."""
    return Query("run_links", fill_template("run_links"), {"session_ids": list(session_ids)})


def build_late_scores_query(run_id: str, days: Sequence[date] = ()) -> Query:
    """Scores given to a run after the fact, in some days, or in all."""
    within, parameters = _name_days(days)
    return Query("late_scores", fill_template("late_scores", within=within), {"run_id": run_id, **parameters})


def build_repricings_query(run_id: str, days: Sequence[date] = ()) -> Query:
    """What a run cost before its calls were priced anew, in some days, or in all."""
    within, parameters = _name_days(days)
    return Query("run_repricings", fill_template("run_repricings", within=within), {"run_id": run_id, **parameters})


def build_spans_query(place: RunPlace) -> Query:
    """Attributes of the spans in the traces of a run."""
    return Query("run_spans", fill_template("run_spans"), place.parameters)


def build_unpriced_query(query: UnpricedQuery) -> Query:
    """Models whose tokens have no price, the largest first."""
    conditions = build_step_conditions(query)
    sql = fill_template("unpriced_models", conditions=conditions.sql)
    return Query("unpriced_models", sql, {**conditions.parameters, "limit": query.limit})


def build_cost_query(query: CostQuery, limit: int, offset: int = 0) -> Query:
    """Cost per outcome by the groups asked for, dearest first. By model, runs are split into what each model cost."""
    conditions = build_run_conditions(query)
    source = "cost_parts_by_model" if "model" in query.group_by else "cost_parts_of_runs"
    steps = {"only_chosen": _limit_steps(conditions), "days": _FROM_DAY if query.since is not None else ""}
    parts = fill_template(source, conditions=conditions.sql, **steps)
    places = place_groups(query.group_by, COST_KEYS, "TotalUsd", query.interval)
    sql = fill_template("cost_per_outcome", parts=parts, **places)
    return Query("cost_per_outcome", sql, place_page(conditions, limit, offset))


def build_latency_query(query: LatencyQuery, limit: int, offset: int = 0) -> Query:
    """Latency of runs or of steps by the groups asked for, most frequent first."""
    started = "Timestamp" if query.counts_steps else "StartedAt"
    places = place_groups(query.group_by, LATENCY_KEYS, "Count", query.interval, started)
    if query.counts_steps:
        conditions = build_step_latency_conditions(query)
        sql = fill_template("latency_of_steps", conditions=conditions.sql, **places)
        return Query("latency_of_steps", sql, place_page(conditions, limit, offset))
    conditions = build_run_latency_conditions(query)
    if query.group_by and not query.interval and query.chooses_by() | set(query.group_by) <= _OF_WHOLE_RUN:
        using = ", ".join(LATENCY_KEYS[group] for group in query.group_by)
        sql = fill_template("latency_of_workflows", conditions=conditions.sql, using=using, **places)
        return Query("latency_of_workflows", sql, place_page(conditions, limit, offset))
    spread = " ".join(_SPREAD[group] for group in query.group_by if group in _SPREAD)
    steps = {"only_chosen": _limit_steps(conditions), "days": _FROM_DAY if query.since is not None else ""}
    sql = fill_template("latency_of_runs", conditions=conditions.sql, spread=spread, **steps, **places)
    return Query("latency_of_runs", sql, place_page(conditions, limit, offset))


def _name_days(days: Sequence[date]) -> tuple[str, dict[str, object]]:
    """A condition that leaves out all other days, with its parameter; none when no day is named."""
    return (" AND Day IN {days:Array(Date)}", {"days": list(days)}) if days else ("", {})


def _limit_steps(conditions: Conditions) -> str:
    return _ONLY_CHOSEN if conditions.fragments != [TENANT] else ""


def build_seals_query(trace_ids: Sequence[str], record_ids: Sequence[str]) -> Query:
    """Sealed originals of the traces of a run, and of log records."""
    parameters = {"trace_ids": list(trace_ids), "record_ids": list(record_ids)}
    return Query("run_seals", fill_template("run_seals"), parameters)


def build_records_query(trace_ids: Sequence[str]) -> Query:
    """Log records joined to spans of these traces, each with its texts."""
    return Query("run_records", fill_template("run_records"), {"trace_ids": list(trace_ids)})


def build_glass_query(request_id: str, since_micros: int) -> Query:
    """Events of one request to open originals, or of all."""
    parameters = {"request_id": request_id, "since_micros": since_micros}
    return Query("break_glass_events", fill_template("break_glass_events"), parameters)
