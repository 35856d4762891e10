"""Groups of the analytics answers, from rows of the engine."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from api.answers import Json
from api.queries.builder import COST_KEYS, LATENCY_KEYS
from api.queries.fleet import FLEET_KEYS
from api.queries.places import BUCKET
from api.queries.reader import Row
from api.times import format_time


def build_cost_group(row: Row, groups: Sequence[str]) -> Json:
    """Cost per outcome of one group. Cost per success is what *all* its runs cost over those that succeeded."""
    runs, successes, total = row["Runs"], row["Successes"], Decimal(row["TotalUsd"])
    return {
        **_name_group(row, groups, COST_KEYS),
        "runs": runs,
        "outcomes": row["Outcomes"],
        "cost_usd": {
            "total": total,
            "model": row["ModelUsd"],
            "tool": row["ToolUsd"],
            "review": row["ReviewUsd"],
            "wasted": row["WastedUsd"],
        },
        "cost_per_run_usd": total / runs if runs else None,
        "cost_per_success_usd": total / successes if successes else None,
        "p50_cost_usd": row["P50Usd"] if runs else None,
        "p95_cost_usd": row["P95Usd"] if runs else None,
        "unpriced_runs": row["UnpricedRuns"],
        "budget_breaches": row["BudgetBreaches"],
    }


def build_latency_group(row: Row, groups: Sequence[str]) -> Json:
    """Latency of one group; quantiles are exact, nulls where there is nothing to measure."""
    measured = row["Count"] > 0
    p50, p90, p95, p99 = (_number(value) if measured else None for value in row["Quantiles"])
    return {
        **_name_group(row, groups, LATENCY_KEYS),
        "count": row["Count"],
        "errors": row["Errors"],
        "p50_ms": p50,
        "p90_ms": p90,
        "p95_ms": p95,
        "p99_ms": p99,
        "max_ms": _number(row["MaxMs"]) if measured else None,
        "p95_first_token_ms": _number(row["FirstTokenP95"]) if row["FirstTokenCount"] else None,
    }


def build_reliability_group(row: Row, groups: Sequence[str]) -> Json:
    """Reliability of one group; rates between 0 and 1, null where there is nothing to divide by."""
    return {
        **_name_group(row, groups, FLEET_KEYS),
        "runs": row["Runs"],
        "known_outcomes": row["KnownRuns"],
        "completion_rate": row["CompletionRate"],
        "escalation_rate": row["EscalationRate"],
        "silent_failures": row["SilentFailures"],
        "silent_failure_rate": row["SilentFailureRate"],
        "wrong_write_rate": row["WrongWriteRate"],
        "tool_calls": row["ToolCallCount"],
        "tool_error_rate": row["ToolErrorRate"],
        "errors": row["ErrorCount"],
        "retries": row["RetryCount"],
        "retries_per_run": row["RetriesPerRun"],
        "steps_per_run": {"mean": row["StepsMean"], "p95": row["StepsP95"]},
        "tool_calls_per_run": {"mean": row["ToolCallsMean"], "p95": row["ToolCallsP95"]},
        "approvals": row["ApprovalCount"],
        "approval_wait_ms": {"mean": row["ApprovalWaitMean"], "p95": row["ApprovalWaitP95"]},
        "policy_violations": row["ViolationCount"],
        "policy_violations_per_1000_runs": row["ViolationsPer1000"],
        "budget_breaches": row["BudgetBreaches"],
    }


def build_coverage_group(row: Row, groups: Sequence[str]) -> Json:
    """Completeness of one group's evidence."""
    return {
        **_name_group(row, groups, FLEET_KEYS),
        "runs": row["Runs"],
        "whole_runs": row["WholeRuns"],
        "runs_without_root": row["RunsWithoutRoot"],
        "runs_with_orphans": row["RunsWithOrphans"],
        "orphan_spans": row["OrphanCount"],
        "late_spans": row["LateCount"],
        "coverage": row["Coverage"],
    }


def _name_group(row: Row, groups: Sequence[str], keys: Mapping[str, str]) -> Json:
    """Start of the interval, if the question names one, and the names of the group."""
    at = {"at": format_time(row[BUCKET] * 1_000_000_000)} if BUCKET in row else {}
    return {**at, **{group: row[keys[group]] or None for group in groups}}


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def build_unpriced(row: Row) -> Json:
    """A model without a price."""
    return {
        "provider": row["Provider"] or None,
        "model": row["Model"] or None,
        "spans": row["Spans"],
        "runs": row["Runs"],
        "tokens": {"input": row["TotalInputTokens"], "output": row["TotalOutputTokens"]},
        "first_seen_at": format_time(row["FirstNs"]),
        "last_seen_at": format_time(row["LastNs"]),
    }


def build_redaction_group(row: Row, groups: Sequence[str]) -> Json:
    """What the redactor did to the spans of one group. `policy_version` is that of the latest, null without one."""
    entities, counts = row["Findings"]
    versions, spans = row["Versions"]
    return {
        **_name_group(row, groups, FLEET_KEYS),
        "spans": row["Spans"],
        "bytes": row["Bytes"],
        "found": sum(counts),
        "failed_closed": row["Failed"],
        "findings": dict(sorted(zip(entities, counts, strict=True))),
        "policy_version": row["LastVersion"] or None,
        "policy_versions": dict(sorted(zip(versions, spans, strict=True))),
    }


def build_budget_group(row: Row, groups: Sequence[str]) -> Json:
    """How the runs of one group keep to their budgets; rates are null where no run has one."""
    limits, counts = row["Breaches"]
    return {
        **_name_group(row, groups, FLEET_KEYS),
        "runs": row["Runs"],
        "budgeted_runs": row["BudgetedRuns"],
        "breached_runs": row["BreachedRuns"],
        "breach_rate": row["BreachRate"],
        "breaches": dict(sorted(zip(limits, counts, strict=True))),
        "budget_usd": {
            "allowed": row["AllowedUsd"],
            "spent": row["SpentUsd"],
            "used": row["UsedShare"],
            "p95_used": row["UsedShareP95"],
        },
    }
