"""Log records become rows of the same columns as spans, so that the same redactor and the same journal take them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from collector.dialects.records import Supplement, read_record
from collector.dialects.values import dump_json
from collector.normalise import Context, read_environment, read_start, to_flag
from collector.spans import LogRecord
from schema.batch import INPUT_COLUMNS, SpanBatch
from schema.columns import BY_NAME
from schema.lifetimes import settle_lane

UNKNOWN = "record of no known dialect"
_TEXTS = {
    "ErrorType": "error_type", "SessionId": "session_id", "UserId": "user_id", "AgentName": "agent_name",
    "Provider": "provider", "RequestModel": "request_model", "ResponseId": "response_id",
    "FinishReason": "finish_reason", "InputTokens": "input_tokens", "OutputTokens": "output_tokens",
    "CacheReadTokens": "cache_read_tokens", "CacheWriteTokens": "cache_write_tokens",
    "ReasoningTokens": "reasoning_tokens", "AudioInputTokens": "audio_input_tokens",
    "AudioOutputTokens": "audio_output_tokens", "FirstTokenMs": "first_token_ms", "ToolName": "tool_name",
    "ToolCallId": "tool_call_id", "ApprovalType": "approval_type", "ApprovalApprover": "approval_approver",
    "InputMessages": "input_messages", "OutputMessages": "output_messages",
    "SystemInstructions": "system_instructions", "ToolArguments": "tool_arguments", "ToolResult": "tool_result",
}  # fmt: skip


@dataclass(slots=True)
class Records:
    """Rows of the records that are understood, and how many were refused for which reason."""

    batch: SpanBatch
    refused: Counter[str]


_EMPTY = {name: BY_NAME[name].empty for name in INPUT_COLUMNS}


def normalise_records(records: Sequence[LogRecord], context: Context) -> Records:
    """One row per record of a known dialect. Never raises for what a sender wrote."""
    refused: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    for record in records:
        supplement = read_record(record)
        if supplement is None or not (record.trace_id or supplement.step.session_id):
            refused[UNKNOWN] += 1
        else:
            rows.append(_make_row(record, supplement, context))
    return Records(SpanBatch({name: [row[name] for row in rows] for name in INPUT_COLUMNS}), refused)


def _make_row(record: LogRecord, supplement: Supplement, context: Context) -> dict[str, Any]:
    step = supplement.step
    environment = read_environment(record.resource, context)
    start_ns, day, _believable = read_start(record.time_ns, context)
    row = _EMPTY | {column: getattr(step, field) for column, field in _TEXTS.items()}
    return row | {
        "Tenant": context.tenant,
        "Environment": environment,
        "RetentionClass": settle_lane(context.retention.lane(context.tenant, environment), day, context.received),
        "Day": day,
        "ReceivedAt": context.received_at_us,
        "TraceId": record.trace_id,
        "SpanId": record.span_id,
        "Timestamp": start_ns,
        "Dialect": supplement.dialect,
        "StepType": supplement.target,
        "Model": step.response_model or step.request_model,
        "ModelCostUsd": step.reported_cost_usd or Decimal(0),
        "SaysFailed": int(step.has_failed),
        "ApprovalRequired": to_flag(step.approval_required),
        "ApprovalApproved": to_flag(step.approval_approved),
        "Scores.Name": [score.name for score in step.scores],
        "Scores.Value": [score.value for score in step.scores],
        "Scores.Label": [score.label for score in step.scores],
        "Scores.Explanation": [score.explanation for score in step.scores],
        "RecordId": _identify(record, context),
        "RecordKind": supplement.kind,
        "RecordTarget": supplement.target,
        "RecordPosition": min(supplement.position, 2**32 - 1),
    }


def _identify(record: LogRecord, context: Context) -> str:
    """A keyed hash of the whole record: the same record sent again is the same row, and a short text is not guessed."""
    whole = [record.trace_id, record.span_id, record.time_ns, record.name, record.body, record.attributes]
    try:
        canonical = orjson.dumps(whole, default=dump_json, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # orjson.JSONEncodeError is one
        canonical = repr(whole)
    return context.hash_input(context.tenant, canonical)
