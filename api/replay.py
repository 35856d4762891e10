"""The replay of a run: each step with what it saw, decided and did, and the first one that went wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from api.answers import Json
from api.causal import PlacedStep, SpanKey
from api.queries.reader import Row
from api.records import (
    NANOS_PER_MS,
    Afterwards,
    build_completeness,
    build_record,
    build_scores,
    has_decision,
    is_approval,
    list_breaches,
    read_flag,
    read_status,
    split_side_effect,
)
from api.times import format_time

MODEL_STEPS = frozenset({"model_call", "embedding", "rerank"})
NOTHING_WENT_WRONG: Json = {"first_failed_step": None, "status": None, "reason": None}

Rows = Mapping[SpanKey, Row]


def build_replay(run: Row, steps: Sequence[PlacedStep], payloads: Rows, spans: Rows, after: Afterwards) -> Json:
    """The whole replay. `payloads` and `spans` are rows by trace and span id; either may lack a step."""
    told = [build_step(step, payloads.get(step.key, {}), spans.get(step.key, {})) for step in steps]
    breaches = list_breaches(run)
    for step, content in zip(steps, told, strict=True):
        content["over_budget"] = [limit for limit, key in breaches.items() if key == step.key]
    return {
        "run": build_record(run, steps, after),
        "steps": told,
        "completeness": build_completeness(run),
        "attribution": attribute_failure(steps, spans),
    }


def build_step(step: PlacedStep, payload: Row, span: Row) -> Json:
    """One step: the fields of the event log, then all that is known."""
    row = step.row
    return {
        **_build_head(step),
        **_build_call(row),
        "status_message": span.get("StatusMessage") or None,
        "input": read_json(payload.get("ToolArguments", "")),
        "output": read_json(payload.get("ToolResult", "")),
        **_build_decisions(row),
        "retry": bool(row["IsRetry"]),
        "counted": bool(row["IsCounted"]),
        "call": bool(row["IsCall"]),
        "failed": bool(row["IsFailure"]),
        "orphan": bool(row["IsOrphan"]),
        "side_effects": [split_side_effect(entry) for entry in row["SideEffects"]],
        "scores": build_scores(step),
        "input_messages": read_json(payload.get("InputMessages", "")),
        "output_messages": read_json(payload.get("OutputMessages", "")),
        "system_instructions": read_json(payload.get("SystemInstructions", "")),
        "documents": read_json(payload.get("Documents", "")),
        "attributes": {**span.get("SpanAttributes", {}), **payload.get("PayloadAttributes", {})},
    }


def attribute_failure(steps: Sequence[PlacedStep], spans: Rows) -> Json:
    """The first step that went wrong: the earliest error at its deepest span, else the earliest denial."""
    for step in steps:
        if step.row["IsFailure"]:
            message = spans.get(step.key, {}).get("StatusMessage")
            reason = ": ".join(text for text in (step.row["ErrorType"], message) if text)
            return {"first_failed_step": step.number, "status": "error", "reason": reason or None}
    for step in steps:
        if step.row["PolicyDecision"] == "deny":
            reason = ": ".join(text for text in (step.row["PolicyRule"], step.row["PolicyReason"]) if text)
            return {"first_failed_step": step.number, "status": "deny", "reason": reason or None}
    return dict(NOTHING_WENT_WRONG)


def read_json(text: str) -> Any:
    """What was stored as JSON text as JSON, other text as it stands, null for nothing."""
    if not text:
        return None
    if text[0] not in '{["-0123456789tfn':
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _build_head(step: PlacedStep) -> Json:
    row = step.row
    return {
        "step": step.number,
        "type": row["StepType"],
        "trace_id": row["TraceId"],
        "span_id": row["SpanId"],
        "parent_step": step.parent,
        "name": row["SpanName"],
        "started_at": format_time(row["StartedNs"]),
        "latency_ms": row["Duration"] / NANOS_PER_MS,
        "status": read_status(row),
        "error_type": row["ErrorType"] or None,
        "agent": row["Agent"] or None,
    }


def _build_call(row: Row) -> Json:
    of_model = row["StepType"] in MODEL_STEPS or bool(row["Model"])
    return {
        "model": row["Model"] or None,
        "provider": row["Provider"] or None,
        "tokens_in": row["InputTokens"] if of_model else None,
        "tokens_out": row["OutputTokens"] if of_model else None,
        "cache_read_tokens": row["CacheReadTokens"] if of_model else None,
        "cost_usd": row["ModelCostUsd"] + row["ToolCostUsd"] + row["ReviewCostUsd"],
        "price_status": row["PriceStatus"] or None,
        "price_list": row["PriceList"] or None,
        "repriced": bool(row["RepricedAt"]),
        "service_tier": row["ServiceTier"] or None,
        "first_token_ms": row["FirstTokenMs"],
        "finish_reason": row["FinishReason"] or None,
        "tool": row["ToolName"] or None,
        "call_id": row["ToolCallId"] or None,
        "input_hash": row["InputHash"] or None,
    }


def _build_decisions(row: Row) -> Json:
    found: Json = {}
    if row["StepType"] == "validator":
        result = row["PolicyDecision"] or read_status(row)
        found |= {"rule": row["PolicyRule"] or row["SpanName"], "result": result}
    elif has_decision(row):
        found |= {"rule": row["PolicyRule"] or None}
    if has_decision(row):
        found |= {"decision": row["PolicyDecision"] or None, "reason": row["PolicyReason"] or None}
    if is_approval(row):
        found["approval"] = {
            "type": row["ApprovalType"] or None,
            "required": read_flag(row["ApprovalRequired"]),
            "approved": read_flag(row["ApprovalApproved"]),
            "approver": row["ApprovalApprover"] or None,
        }
    return found
