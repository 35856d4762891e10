"""Questions about all runs: reliability, coverage, budgets, redaction, and two sets of runs side by side."""

from api.models import CompareQuery, FleetQuery, RedactionQuery
from api.queries.conditions import build_run_conditions, build_step_conditions
from api.queries.places import place_groups, place_page
from api.queries.sql import Query, fill_template

FLEET_KEYS = {"workflow": "Workflow", "version": "Version", "agent": "Agent", "environment": "Environment"}
# a run that called both models tells nothing about the difference between them
_SIDES = {
    "version": (
        "multiIf(Version = {baseline_name:String}, 'baseline', Version = {candidate_name:String}, 'candidate', '')"
    ),
    "model": (
        "multiIf(has(Models, {baseline_name:String}) = has(Models, {candidate_name:String}), '',"
        " has(Models, {baseline_name:String}), 'baseline', 'candidate')"
    ),
}


def build_reliability_query(query: FleetQuery, limit: int, offset: int = 0) -> Query:
    """How well the chosen runs do, largest group first."""
    return _build_fleet_query("reliability", query, limit, offset)


def build_coverage_query(query: FleetQuery, limit: int, offset: int = 0) -> Query:
    """How complete the evidence of the chosen runs is, largest group first."""
    return _build_fleet_query("coverage", query, limit, offset)


def build_budgets_query(query: FleetQuery, limit: int, offset: int = 0) -> Query:
    """How the chosen runs keep to their budgets, largest group first."""
    return _build_fleet_query("budgets", query, limit, offset)


def build_redaction_query(query: RedactionQuery, limit: int, offset: int = 0) -> Query:
    """What the redactor did to the chosen spans, largest group first; without groups one row, whatever was chosen."""
    conditions = build_step_conditions(query)
    places = place_groups(query.group_by, FLEET_KEYS, "Spans", query.interval, "Timestamp")
    sql = fill_template("redaction", conditions=conditions.sql, **places)
    return Query("redaction", sql, place_page(conditions, limit, offset))


def build_compare_query(query: CompareQuery) -> Query:
    """Every measure of both sides, with its verdict."""
    conditions = build_run_conditions(query)
    sides = fill_template("compare", conditions=conditions.sql, side=_SIDES[query.baseline.by])
    names = {"baseline_name": query.baseline.name, "candidate_name": query.candidate.name}
    parameters = {**conditions.parameters, **names, "threshold": query.threshold}
    return Query("compare", fill_template("compare_verdicts", sides=sides), parameters)


def _build_fleet_query(name: str, query: FleetQuery, limit: int, offset: int) -> Query:
    conditions = build_run_conditions(query)
    places = place_groups(query.group_by, FLEET_KEYS, "Runs", query.interval)
    sql = fill_template(name, conditions=conditions.sql, **places)
    return Query(name, sql, place_page(conditions, limit, offset))
