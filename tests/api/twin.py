"""The slow, obvious twin of every analytics answer about runs: plain loops over steps, then Polars over a hundred runs.

It knows nothing of our SQL or roll-up; definitions are those of docs/api.md and docs/architecture.md.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from tests.api.rows import Row

Json = dict[str, Any]
COLUMN = {
    "workflow": "Workflow", "version": "Version", "agent": "Agent", "environment": "Environment", "user": "UserId",
    "model": "Model", "tool": "ToolName", "step_type": "StepType", "provider": "Provider",
}  # fmt: skip
WASTED = ("failure", "cancelled", "escalated")


def list_runs(steps: Sequence[Row], said: dict[str, str]) -> list[Json]:
    """One record per run, worked out step by step."""
    return [_sum_run([row for row in steps if row["RunId"] == run], said.get(run)) for run in _ids(steps)]


def _ids(steps: Sequence[Row]) -> list[str]:
    return sorted({row["RunId"] for row in steps})


def _sum_run(steps: list[Row], said: str | None) -> Json:
    root = steps[0]
    claims = sorted(
        (row["Timestamp"] + row["Duration"], row["SpanId"], row["OutcomeStatus"])
        for row in steps
        if row.get("OutcomeStatus")
    )
    claimed = claims[-1][2] if claims else ""
    has_root = any(row["ParentSpanId"] == "" for row in steps)
    inferred = "failure" if has_root and root["StatusCode"] == "Error" else "unknown"
    calls = [row for row in steps if row["IsCall"]]
    counted = [row for row in steps if row["IsCounted"]]
    tools = [row for row in calls if row["StepType"] == "tool_call"]
    approvals = [row for row in calls if row["StepType"] == "approval"]
    start = min(row["Timestamp"] for row in steps)
    end = max(row["Timestamp"] + row["Duration"] for row in steps)
    model = sum((row.get("ModelCostUsd", Decimal(0)) for row in counted), Decimal(0))
    tool = sum((row.get("ToolCostUsd", Decimal(0)) for row in calls), Decimal(0))
    review = sum((row.get("ReviewCostUsd", Decimal(0)) for row in steps), Decimal(0))
    return {
        **{name: root[name] for name in ("RunId", "Workflow", "Version", "Agent", "Environment", "UserId")},
        "Start": start,
        "Ms": (end - start) / 1e6,
        "Outcome": said or claimed or inferred,
        "Claimed": claimed,
        "Model$": model,
        "Tool$": tool,
        "Review$": review,
        "Usd": model + tool + review,
        "Models": sorted({row["Model"] for row in counted if row.get("Model")}),
        "Tools": sorted({row["ToolName"] for row in steps if row["StepType"] == "tool_call"}),
        "ModelUsd": {
            name: sum((row["ModelCostUsd"] for row in counted if row.get("Model") == name), Decimal(0))
            for name in {row["Model"] for row in counted if row.get("Model")}
        },
        "Unpriced": sorted({row["Model"] for row in counted if row.get("PriceStatus") == "unpriced"}),
        "BudgetUsd": root.get("BudgetUsd"),
        "Budgets": any(row.get(name) is not None for row in steps for name in ("BudgetUsd", "BudgetSteps")),
        "Passed": _list_passed(root, float(model + tool + review), len(steps)),
        "Over": bool(_list_passed(root, float(model + tool + review), len(steps))),
        "Steps": len(steps),
        "ToolCalls": len(tools),
        "FailedToolCalls": sum(row["StatusCode"] == "Error" for row in tools),
        "Retries": sum(row.get("IsRetry", 0) for row in steps),
        "Errors": sum(row.get("IsFailure", 0) for row in steps),
        "Approvals": len(approvals),
        "WaitMs": sum(row["Duration"] for row in approvals) / 1e6,
        "Denied": sum(row.get("PolicyDecision") == "deny" for row in steps),
        "Wrote": any(row.get("SideEffects") for row in steps),
        "HasRoot": has_root,
        "Orphans": sum(row.get("IsOrphan", 0) for row in steps),
        "Late": sum(row["ReceivedAt"] > steps[0]["ReceivedAt"] + 600 * 10**6 for row in steps) if has_root else 0,
        "FirstTokens": [
            row["FirstTokenMs"] for row in calls if row["StepType"] == "model_call" and row["FirstTokenMs"] is not None
        ],
    }  # fmt: skip


def _list_passed(root: Row, usd: float, steps: int) -> list[str]:
    """Limits of a budget that a run passed."""
    passed = ["usd"] if root.get("BudgetUsd") is not None and usd > root["BudgetUsd"] else []
    return passed + (["steps"] if root.get("BudgetSteps") is not None and steps > root["BudgetSteps"] else [])


def start_of(nanos: int, interval: str) -> str:
    """RFC 3339 start of the interval that a moment lies in; weeks begin on Monday."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=nanos // 10**9)
    if interval == "minute":
        moment = moment.replace(second=0)
    elif interval == "hour":
        moment = moment.replace(second=0, minute=0)
    else:
        moment = moment.replace(second=0, minute=0, hour=0)
    if interval == "week":
        moment -= timedelta(days=moment.weekday())
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def split_groups(
    items: list[Json], groups: Sequence[str], interval: str = "", at: str = "Start"
) -> dict[Any, list[Json]]:
    """Items by group, as a tuple of names that begins with the interval's start if there is one."""
    found: dict[Any, list[Json]] = {}
    for item in items:
        key = tuple(item[COLUMN[group]] or None for group in groups)
        found.setdefault(((start_of(item[at], interval),) if interval else ()) + key, []).append(item)
    return found


def quantile(values: Sequence[Any], level: float) -> Any:
    """The exact quantile: the value at place floor(level * n) of the sorted values."""
    return sorted(values)[math.floor(level * len(values))] if values else None


def _over(above: Any, below: Any) -> float | None:
    return float(above) / float(below) if below else None


def cost(runs: list[Json]) -> Json:
    """Cost per outcome of some runs."""
    frame = pl.DataFrame({"Outcome": [run["Outcome"] for run in runs], "Usd": [run["Usd"] for run in runs]})
    total, outcomes = sum(frame["Usd"].to_list(), Decimal(0)), frame["Outcome"]
    successes = (outcomes == "success").sum()
    return {
        "runs": len(frame),
        "outcomes": dict(frame.group_by("Outcome").len().iter_rows()),
        "cost_usd": {
            "total": float(total),
            "model": float(sum(run["Model$"] for run in runs)),
            "tool": float(sum(run["Tool$"] for run in runs)),
            "review": float(sum(run["Review$"] for run in runs)),
            "wasted": float(sum(run["Usd"] for run in runs if run["Outcome"] in WASTED)),
        },
        "cost_per_run_usd": _over(float(total), len(runs)),
        "cost_per_success_usd": _over(float(total), successes),
        "p50_cost_usd": float(quantile(frame["Usd"].to_list(), 0.5)),
        "p95_cost_usd": float(quantile(frame["Usd"].to_list(), 0.95)),
        "unpriced_runs": sum(bool(run["Unpriced"]) for run in runs),
        "budget_breaches": sum(run["Over"] for run in runs),
    }


def split_by_model(runs: list[Json]) -> list[Json]:
    """Each run as parts, one per model that it called, and one for what no model cost."""
    parts = []
    for run in runs:
        for model, usd in run["ModelUsd"].items():
            part = {"Model": model, "Usd": usd, "Model$": usd, "Tool$": Decimal(0), "Review$": Decimal(0)}
            parts.append({**run, **part, "Unpriced": [model] if model in run["Unpriced"] else []})
        rest = run["Usd"] - sum(run["ModelUsd"].values(), Decimal(0))
        if rest or not run["ModelUsd"]:
            part = {"Model": "", "Usd": rest, "Model$": rest - run["Tool$"] - run["Review$"], "Unpriced": []}
            parts.append({**run, **part})
    return parts


def latency(milliseconds: list[float], errors: int, first_tokens: list[float]) -> Json:
    """Latency of some runs or steps."""
    return {
        "count": len(milliseconds),
        "errors": errors,
        **{f"p{level}_ms": quantile(milliseconds, level / 100) for level in (50, 90, 95, 99)},
        "max_ms": max(milliseconds, default=None),
        "p95_first_token_ms": quantile(first_tokens, 0.95),
    }


def latency_of_runs(runs: list[Json]) -> Json:
    """Latency of some runs."""
    tokens = [token for run in runs for token in run["FirstTokens"]]
    return latency([run["Ms"] for run in runs], sum(run["Outcome"] == "failure" for run in runs), tokens)


def latency_of_steps(steps: list[Row]) -> Json:
    """Latency of some steps."""
    tokens = [
        row["FirstTokenMs"] for row in steps if row["StepType"] == "model_call" and row["FirstTokenMs"] is not None
    ]
    errors = sum(row["StatusCode"] == "Error" for row in steps)
    return latency([row["Duration"] / 1e6 for row in steps], errors, tokens)


def reliability(runs: list[Json]) -> Json:
    """Reliability of some runs."""
    frame = pl.DataFrame(
        [{key: run[key] for key in run if key not in ("ModelUsd", "FirstTokens", "Passed")} for run in runs]
    )
    known = frame.filter(pl.col("Outcome") != "unknown")
    claims, writes = frame.filter(pl.col("Claimed") == "success"), known.filter(pl.col("Wrote"))
    silent = claims.filter(pl.col("Outcome") != "success").height
    asked = frame.filter(pl.col("Approvals") > 0)
    return {
        "runs": frame.height,
        "known_outcomes": known.height,
        "completion_rate": _over(known.filter(pl.col("Outcome") == "success").height, known.height),
        "escalation_rate": _over(known.filter(pl.col("Outcome") == "escalated").height, known.height),
        "silent_failures": silent,
        "silent_failure_rate": _over(silent, claims.height),
        "wrong_write_rate": _over(writes.filter(pl.col("Outcome") == "failure").height, writes.height),
        "tool_calls": frame["ToolCalls"].sum(),
        "tool_error_rate": _over(frame["FailedToolCalls"].sum(), frame["ToolCalls"].sum()),
        "errors": frame["Errors"].sum(),
        "retries": frame["Retries"].sum(),
        "retries_per_run": frame["Retries"].mean(),
        "steps_per_run": {"mean": frame["Steps"].mean(), "p95": quantile(frame["Steps"].to_list(), 0.95)},
        "tool_calls_per_run": {"mean": frame["ToolCalls"].mean(), "p95": quantile(frame["ToolCalls"].to_list(), 0.95)},
        "approvals": frame["Approvals"].sum(),
        "approval_wait_ms": {
            "mean": _over(frame["WaitMs"].sum(), frame["Approvals"].sum()),
            "p95": quantile(asked["WaitMs"].to_list(), 0.95),
        },
        "policy_violations": frame["Denied"].sum(),
        "policy_violations_per_1000_runs": 1000 * frame["Denied"].sum() / frame.height,
        "budget_breaches": frame["Over"].sum(),
    }


def coverage(runs: list[Json]) -> Json:
    """Completeness of some runs."""
    whole = [run for run in runs if run["HasRoot"] and not run["Orphans"]]
    return {
        "runs": len(runs),
        "whole_runs": len(whole),
        "runs_without_root": sum(not run["HasRoot"] for run in runs),
        "runs_with_orphans": sum(run["Orphans"] > 0 for run in runs),
        "orphan_spans": sum(run["Orphans"] for run in runs),
        "late_spans": sum(run["Late"] for run in runs),
        "coverage": len(whole) / len(runs),
    }


def budgets(runs: list[Json]) -> Json:
    """How some runs keep to their budgets."""
    of_money = [run for run in runs if run["BudgetUsd"] is not None]
    spent, allowed = sum(float(run["Usd"]) for run in of_money), sum(run["BudgetUsd"] for run in of_money)
    budgeted, over = sum(run["Budgets"] for run in runs), sum(run["Over"] for run in runs)
    passed = pl.Series([limit for run in runs for limit in run["Passed"]], dtype=pl.String)
    return {
        "runs": len(runs),
        "budgeted_runs": budgeted,
        "breached_runs": over,
        "breach_rate": _over(over, budgeted),
        "breaches": dict(passed.value_counts().iter_rows()),
        "budget_usd": {
            "allowed": allowed,
            "spent": spent,
            "used": _over(spent, allowed),
            "p95_used": quantile([float(run["Usd"]) / run["BudgetUsd"] for run in of_money], 0.95),
        },
    }
