"""Every query has a snapshot in `golden/`. `UPDATE_GOLDEN=1` rewrites them; read the diff before keeping it."""

import os
from datetime import date
from pathlib import Path

import pytest

from api.audits import build_entries_query, build_export_query
from api.cursors import AuditCursor, RunCursor
from api.holdings import build_holdings_query, build_monthly_query
from api.models import (
    AuditQuery,
    CompareQuery,
    CostQuery,
    FleetQuery,
    LatencyQuery,
    RedactionQuery,
    RunFilters,
    UnpricedQuery,
)
from api.queries.builder import (
    RunPlace,
    build_cost_query,
    build_late_scores_query,
    build_latency_query,
    build_links_query,
    build_payloads_query,
    build_repricings_query,
    build_run_query,
    build_runs_query,
    build_spans_query,
    build_steps_query,
    build_supplements_query,
    build_unpriced_query,
)
from api.queries.fleet import (
    build_budgets_query,
    build_compare_query,
    build_coverage_query,
    build_redaction_query,
    build_reliability_query,
)
from api.queries.reader import TenantReader
from api.queries.sql import Query
from schema.cluster import Cluster
from schema.store import Store

GOLDEN = Path(__file__).parent / "golden"
EVERY_FILTER = {
    "workflow": ["w"], "version": ["v"], "agent": ["a"], "environment": ["e"], "outcome": ["o"], "model": ["m"],
    "tool": ["t"], "user": ["u"], "side_effect": ["refund"], "since": "2026-01-01", "until": "2026-01-02",
    "min_cost_usd": "0.5", "q": "text",
}  # fmt: skip
STEP_FILTERS = {name: EVERY_FILTER[name] for name in ("workflow", "version", "agent", "environment", "model", "tool")}
PERIOD = {name: EVERY_FILTER[name] for name in ("since", "until")}
PLACE = RunPlace("r", ["t"], 1, 2)

QUERIES = {
    "retention": build_holdings_query("steps", Cluster()),
    "retention_by_month": build_monthly_query("audit_entries", Cluster()),
    "audit_entries": build_entries_query(AuditQuery(), 51),
    "audit_entries_every_filter": build_entries_query(
        AuditQuery.model_validate({"action": ["a"], "key_id": ["k"], "object": ["o"], **PERIOD}),
        51,
        AuditCursor(1_772_366_400_000_000, "c", 7),
    ),
    "audit_export": build_export_query(5001),
    "audit_export_next": build_export_query(5001, AuditCursor(0, "c", 7)),
    "runs": build_runs_query(RunFilters(), 51),
    "runs_every_filter": build_runs_query(RunFilters.model_validate(EVERY_FILTER), 51, RunCursor(5, "r")),
    "runs_whole_side_effect": build_runs_query(RunFilters(side_effect=["refund:1"]), 51),
    "run": build_run_query("r"),
    "run_of_days": build_run_query("r", [date(2026, 3, 1), date(2026, 3, 2)]),
    "redaction": build_redaction_query(RedactionQuery.model_validate({"workflow": ["w"], "since": "2026-01-01"}), 10),
    "redaction_over_time": build_redaction_query(
        RedactionQuery(group_by=["workflow"], interval="day", agent=["a"]), 10
    ),
    "budgets": build_budgets_query(FleetQuery(), 10),
    "budgets_over_time": build_budgets_query(FleetQuery(group_by=["workflow"], interval="day", workflow=["w"]), 10, 20),
    "run_steps": build_steps_query(PLACE, 10),
    "run_payloads": build_payloads_query(PLACE),
    "run_spans": build_spans_query(PLACE),
    "run_supplements": build_supplements_query(PLACE),
    "run_links": build_links_query(["s"]),
    "late_scores": build_late_scores_query("r"),
    "late_scores_of_days": build_late_scores_query("r", [date(2026, 3, 1)]),
    "run_repricings": build_repricings_query("r"),
    "run_repricings_of_days": build_repricings_query("r", [date(2026, 3, 1)]),
    "unpriced_models": build_unpriced_query(UnpricedQuery.model_validate({"since": "2026-01-01"})),
    "cost": build_cost_query(CostQuery(), 10),
    "cost_by_all": build_cost_query(
        CostQuery(group_by=["workflow", "version", "agent", "model", "tenant", "environment", "user"]), 10, 20
    ),
    "latency_of_runs": build_latency_query(LatencyQuery.model_validate({"since": "2026-01-01"}), 10),
    "latency_of_workflows": build_latency_query(LatencyQuery(group_by=["version", "workflow"], workflow=["w"]), 10),
    "cost_by_model_filtered": build_cost_query(CostQuery(group_by=["model"], workflow=["w"]), 10),
    "latency_of_runs_filtered": build_latency_query(LatencyQuery(workflow=["w"]), 10),
    "latency_of_runs_spread": build_latency_query(LatencyQuery(of="run", group_by=["tool", "model"]), 10),
    "cost_over_time": build_cost_query(CostQuery(group_by=["workflow", "model"], interval="week"), 10),
    "latency_of_runs_over_time": build_latency_query(LatencyQuery(group_by=["workflow"], interval="hour"), 10),
    "latency_of_steps_over_time": build_latency_query(LatencyQuery(group_by=["model"], interval="minute"), 10),
    "reliability": build_reliability_query(FleetQuery(), 10),
    "reliability_over_time": build_reliability_query(
        FleetQuery.model_validate(
            {"group_by": ["workflow", "version", "agent", "environment"], "interval": "day", **EVERY_FILTER}
        ),
        10,
        20,
    ),
    "coverage": build_coverage_query(FleetQuery(group_by=["workflow"]), 10),
    "compare_versions": build_compare_query(
        CompareQuery.model_validate({"baseline": "version=v1", "candidate": "version=v2", "workflow": ["w"]})
    ),
    "compare_models": build_compare_query(
        CompareQuery.model_validate({"baseline": "model=a=b", "candidate": "model=c"})
    ),
    "latency_of_steps": build_latency_query(
        LatencyQuery.model_validate({"of": "step", "group_by": ["step_type", "provider"], **STEP_FILTERS}), 10
    ),
}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_sql_is_as_reviewed(name: str) -> None:
    query = QUERIES[name]
    path = GOLDEN / f"{name}.sql"
    text = f"-- {sorted(query.parameters)}\n{query.sql}"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def test_no_snapshot_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.sql")} == set(QUERIES)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_values_stay_parameters_and_the_tenant_is_open(name: str) -> None:
    query = QUERIES[name]
    assert "Tenant = {tenant:String}" in query.sql
    assert "tenant" not in query.parameters
    assert all(f"{{{parameter}:" in query.sql for parameter in query.parameters)


@pytest.mark.engine
@pytest.mark.parametrize("name", sorted(QUERIES))
def test_the_engine_understands_it(name: str, store: Store) -> None:
    TenantReader(store, "nobody").read_rows(QUERIES[name])


@pytest.mark.engine
def test_a_query_without_a_tenant_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="not bound"):
        TenantReader(store, "t").read_rows(Query("loose", "SELECT * FROM runs"))
