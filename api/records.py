"""The run record: one JSON object for audit and replay. Field names are those of the public contract."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from api.answers import Json
from api.causal import PlacedStep, SpanKey
from api.queries.reader import Row
from api.times import format_optional_time, format_time

NANOS_PER_MS = 1e6
LIMITS = {"usd": "BudgetUsd", "steps": "BudgetSteps", "tool_calls": "BudgetToolCalls", "tokens": "BudgetTokens"}


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What was said and worked out of a run after its steps: rows of late scores, and of repricings."""

    scores: Sequence[Row] = field(default_factory=list)
    repricings: Sequence[Row] = field(default_factory=list)


def build_summary(row: Row) -> Json:
    """What a row of `runs` alone can say; the items of `/v1/runs`."""
    return {
        "run_id": row["RunId"],
        "trace_ids": row["TraceIds"],
        "continues": row.get("Continues") or None,
        "continued_by": row.get("ContinuedBy") or None,
        "tenant": row["Tenant"],
        "environment": row["Environment"] or None,
        "agent": {"name": row["Agent"] or None, "id": row["AgentId"] or None, "version": row["AgentVersion"] or None},
        "workflow": {"name": row["Workflow"] or None, "version": row["Version"] or None},
        "session_id": row["SessionId"] or None,
        "user": row["UserId"] or None,
        "started_at": format_time(row["StartedNs"]),
        "ended_at": format_time(row["EndedNs"]),
        "duration_ms": row["DurationMs"],
        "models": row["Models"],
        "steps": row["Steps"],
        "retries": row["Retries"],
        "errors": row["Errors"],
        "tokens": _build_tokens(row),
        "cost": _build_cost(row),
        "budget": _build_budget(row),
        "outcome": build_outcome(row),
        "redaction": {
            "findings": row["Findings"],
            "policy_version": row["PolicyVersion"] or None,
            "failed_closed": row["FailedClosed"],
        },
        "completeness": build_completeness(row),
    }


def build_record(row: Row, steps: Sequence[PlacedStep], after: Afterwards) -> Json:
    """The whole run record."""
    summary = build_summary(row)
    summary["cost"]["repriced"] = [_build_repricing(repricing) for repricing in after.repricings]
    numbers = {step.key: step.number for step in steps}
    for breach, key in zip(summary["budget"]["breaches"], list_breaches(row).values(), strict=True):
        breach["step"] = numbers.get(key)
    return {
        **summary,
        "tool_calls": [_build_tool_call(step) for step in steps if _is_tool_call(step.row)],
        "approvals": [_build_approval(step.row) for step in steps if is_approval(step.row)],
        "policy_decisions": [_build_decision(step.row) for step in steps if has_decision(step.row)],
        "scores": [score for step in steps for score in build_scores(step)] + list(map(build_score, after.scores)),
        "side_effects": _list_side_effects(steps),
    }


def build_outcome(row: Row) -> Json:
    """The outcome that stands."""
    return {
        "status": row["OutcomeStatus"] or "unknown",
        "reason": row["OutcomeReason"] or None,
        "source": row["OutcomeSource"] or None,
        "at": format_optional_time(row["OutcomeNs"]),
    }


def build_completeness(row: Row) -> Json:
    """How complete the evidence is: whole means that the root was seen and no span lacks its parent."""
    return {
        "whole": bool(row["RootSeen"]) and row["OrphanSpans"] == 0,
        "root_seen": bool(row["RootSeen"]),
        "orphan_spans": row["OrphanSpans"],
        "late_spans": row["LateSpans"],
    }


def is_approval(row: Row) -> bool:
    """Whether the step is, or carries, a decision of a person."""
    said = row["ApprovalType"] or row["ApprovalRequired"] or row["ApprovalApproved"] or row["ApprovalApprover"]
    return row["StepType"] == "approval" or bool(said)


def has_decision(row: Row) -> bool:
    """Whether a rule decided at this step."""
    return bool(row["PolicyRule"] or row["PolicyDecision"])


def build_scores(step: PlacedStep) -> list[Json]:
    """The evaluations that a step carries."""
    row = step.row
    columns = zip(row["ScoreNames"], row["ScoreValues"], row["ScoreLabels"], row["ScoreExplanations"], strict=True)
    return [
        {
            "name": name, "value": value, "label": label or None, "explanation": why or None, "source": None,
            "at": None, "step": step.number,
        }
        for name, value, label, why in columns
    ]  # fmt: skip


def build_score(row: Row) -> Json:
    """A score given after the fact: who gave it and when, and no step."""
    return {
        "name": row["Name"],
        "value": row["ScoreValue"],
        "label": row["ScoreLabel"] or None,
        "explanation": row["ScoreExplanation"] or None,
        "source": row["Source"],
        "at": format_time(row["AtNs"]),
        "step": None,
    }


def list_breaches(row: Row) -> dict[str, SpanKey]:
    """Each limit that the run passed, the earliest first, and the span that did it."""
    spans = zip(row["BreachTraceIds"], row["BreachSpanIds"], strict=True)
    return dict(zip(row["BreachLimits"], spans, strict=True))


def split_side_effect(entry: str) -> Json:
    """Type and id of a `type:id` entry; an entry without a colon is all type."""
    kind, _, identity = entry.partition(":")
    return {"type": kind or None, "id": identity or None}


def read_status(row: Row) -> str:
    """ok, error or unset; a call that failed by its dialect's words or its second span's is an error too."""
    return "error" if row["HasFailed"] else row["StatusCode"].lower()


def read_flag(text: str) -> bool | None:
    """`true`, `false` or nothing."""
    return {"true": True, "false": False}.get(text)


def _build_tokens(row: Row) -> Json:
    return {
        "input": row["InputTokens"],
        "output": row["OutputTokens"],
        "cache_read": row["CacheReadTokens"],
        "cache_write": row["CacheWriteTokens"],
        "reasoning": row["ReasoningTokens"],
    }


def _build_cost(row: Row) -> Json:
    return {
        "usd": row["CostUsd"],
        "model_usd": row["ModelCostUsd"],
        "tool_usd": row["ToolCostUsd"],
        "review_usd": row["ReviewCostUsd"],
        "price_list": ", ".join(row["PriceLists"]) or None,
        "unpriced_models": row["UnpricedModels"],
    }


def _build_budget(row: Row) -> Json:
    breaches = [
        {"limit": limit, "at": format_time(at)} for limit, at in zip(row["BreachLimits"], row["BreachNs"], strict=True)
    ]
    limits = {limit: row[column] for limit, column in LIMITS.items()}
    return {**limits, "breached": bool(row["BudgetBreached"]), "breaches": breaches}


def _build_repricing(row: Row) -> Json:
    return {
        "at": format_time(row["AtNs"]),
        "calls": row["Calls"],
        "usd_before": row["OldCostUsd"],
        "usd": row["NewCostUsd"],
        "price_list_before": ", ".join(row["OldPriceLists"]) or None,
        "price_list": ", ".join(row["NewPriceLists"]) or None,
    }


def _is_tool_call(row: Row) -> bool:
    return row["StepType"] == "tool_call" and bool(row["IsCall"])


def _build_tool_call(step: PlacedStep) -> Json:
    row = step.row
    return {
        "step": step.number,
        "tool": row["ToolName"] or row["SpanName"],
        "call_id": row["ToolCallId"] or None,
        "input_hash": row["InputHash"] or None,
        "status": read_status(row),
        "latency_ms": row["Duration"] / NANOS_PER_MS,
        "side_effects": [split_side_effect(entry) for entry in row["SideEffects"]],
    }


def _build_approval(row: Row) -> Json:
    return {
        "type": row["ApprovalType"] or None,
        "required": read_flag(row["ApprovalRequired"]),
        "approved": read_flag(row["ApprovalApproved"]),
        "approver": row["ApprovalApprover"] or None,
        "waited_ms": row["Duration"] / NANOS_PER_MS,
    }


def _build_decision(row: Row) -> Json:
    return {
        "rule": row["PolicyRule"] or None,
        "decision": row["PolicyDecision"] or None,
        "reason": row["PolicyReason"] or None,
    }


def _list_side_effects(steps: Sequence[PlacedStep]) -> list[Json]:
    """Every effect at every call; a second span telling the same call adds only what the call did not say."""
    said = {entry for step in steps if step.row["IsCall"] for entry in step.row["SideEffects"]}
    found = []
    for step in steps:
        for entry in step.row["SideEffects"]:
            if step.row["IsCall"] or entry not in said:
                said.add(entry)
                found.append({**split_side_effect(entry), "step": step.number})
    return found
