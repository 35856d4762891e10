"""Groups of the analytics answers, from rows of the engine."""

import math
from collections.abc import Sequence
from decimal import Decimal

from api.answers import Json
from api.queries.builder import COST_KEYS, LATENCY_KEYS
from api.queries.reader import Row
from api.times import format_time


def build_cost_group(row: Row, groups: Sequence[str]) -> Json:
    """Cost per outcome of one group. Cost per success is what *all* its runs cost over those that succeeded."""
    runs, successes, total = row["Runs"], row["Successes"], Decimal(row["TotalUsd"])
    return {
        **{group: row[COST_KEYS[group]] or None for group in groups},
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
        **{group: row[LATENCY_KEYS[group]] or None for group in groups},
        "count": row["Count"],
        "errors": row["Errors"],
        "p50_ms": p50,
        "p90_ms": p90,
        "p95_ms": p95,
        "p99_ms": p99,
        "max_ms": _number(row["MaxMs"]) if measured else None,
        "p95_first_token_ms": _number(row["FirstTokenP95"]) if row["FirstTokenCount"] else None,
    }


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


def build_redaction_summary(row: Row) -> Json:
    """What the redactor did to the chosen spans. `policy_version` is that of the latest span, null without one."""
    entities, counts = row["Findings"]
    versions, spans = row["Versions"]
    return {
        "spans": row["Spans"],
        "bytes": row["Bytes"],
        "failed_closed": row["Failed"],
        "findings": dict(sorted(zip(entities, counts, strict=True))),
        "policy_version": row["LastVersion"] or None,
        "policy_versions": dict(sorted(zip(versions, spans, strict=True))),
    }
