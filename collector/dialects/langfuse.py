"""Langfuse's SDKs (LF of dialects.md). Source: https://langfuse.com/integrations/native/opentelemetry"""

from decimal import Decimal

from collector import steps
from collector.dialects.contents import absorb_input, absorb_output
from collector.dialects.names import normalise_finish, normalise_provider
from collector.dialects.tables import Table, fill_texts
from collector.dialects.usage import CACHE_READ, CACHE_WRITE, Usage, fill_usage, find_count
from collector.dialects.values import parse_object, read_count, read_money, read_time_ns, round_money, unquote_text
from collector.spans import Span
from collector.steps import Step

NAME = "langfuse"
SCOPES = ("langfuse-sdk",)

_TYPE = "langfuse.observation.type"
_TYPES = {
    "generation": steps.MODEL_CALL,
    "embedding": steps.EMBEDDING,
    "tool": steps.TOOL_CALL,
    "agent": steps.AGENT,
    "retriever": steps.RETRIEVAL,
    "guardrail": steps.VALIDATOR,
    "evaluator": steps.EVALUATION,
    "chain": steps.WORKFLOW,
    "span": steps.WORKFLOW,
    "event": steps.EVENT,
}
_OWN = "langfuse.observation.metadata."
_TEXTS: Table = (
    ("session.id", "session_id"),
    ("langfuse.session.id", "session_id"),
    ("user.id", "user_id"),
    ("langfuse.user.id", "user_id"),
    ("langfuse.trace.name", "workflow_name"),
    ("langfuse.version", "workflow_version"),
    ("langfuse.observation.prompt.version", "prompt_version"),
    ("langfuse.observation.model.name", "response_model"),
)
_PROVIDER = f"{_OWN}ls_provider"
_FINISH = f"{_OWN}finish_reason"
_CALL_ID = f"{_OWN}tool_call_id"
_COST = "langfuse.observation.cost_details"
_PARTS = ("input", "output")
_FIRST_TOKEN = "langfuse.observation.completion_start_time"  # noqa: S105 - a time
_NANOS_IN_MS = 1_000_000
_ZERO = Decimal(0)

MARKS = frozenset({_TYPE})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Every observation says its type."""
    return _TYPE in span.attributes


def read(span: Span, step: Step) -> None:
    """Read the span into the fields that are still empty."""
    attributes = span.attributes
    if step.step_type == steps.OTHER:
        step.step_type = _TYPES.get(unquote_text(attributes.get(_TYPE)), steps.OTHER)
    fill_texts(step, attributes, _TEXTS)
    step.has_failed = step.has_failed or attributes.get("langfuse.observation.level") == "ERROR"
    if step.step_type == steps.TOOL_CALL:
        step.tool_name = step.tool_name or span.name
        step.tool_call_id = step.tool_call_id or unquote_text(attributes.get(_CALL_ID))
    elif step.step_type == steps.AGENT:
        step.agent_name = step.agent_name or span.name
    elif step.step_type in (steps.MODEL_CALL, steps.EMBEDDING):
        _read_call(span, step)
    absorb_input(step, attributes, "langfuse.observation.input")
    absorb_output(step, attributes, "langfuse.observation.output")


def _read_call(span: Span, step: Step) -> None:
    attributes = span.attributes
    if not step.provider and _PROVIDER in attributes:
        step.provider = normalise_provider(unquote_text(attributes[_PROVIDER]), step.response_model)
    if not step.finish_reason and _FINISH in attributes:
        step.finish_reason = normalise_finish(unquote_text(attributes[_FINISH]))
    _read_usage(parse_object(attributes.get("langfuse.observation.usage_details")), step)
    if step.reported_cost_usd is None and _COST in attributes:
        step.reported_cost_usd = _read_cost(parse_object(attributes[_COST]))
    if step.first_token_ms is None and _FIRST_TOKEN in attributes:
        first = read_time_ns(attributes[_FIRST_TOKEN])
        if first is not None and first >= span.start_ns:
            step.first_token_ms = (first - span.start_ns) / _NANOS_IN_MS


def _read_usage(usage: Usage, step: Step) -> None:
    """Three sets of keys; the buckets of the LangChain handler are disjoint, so input and output are their sums."""
    if not usage:
        return
    fill_usage(step, usage)
    if _is_disjoint(usage):
        counts = {name: count for name, value in usage.items() if (count := read_count(value)) is not None}
        step.output_tokens = sum(count for name, count in counts.items() if name.startswith("output"))
        step.input_tokens = sum(
            count for name, count in counts.items() if not name.startswith("output") and not name.startswith("total")
        )


def _is_disjoint(usage: Usage) -> bool:
    """Whether `input` leaves cached tokens out: the sum of all buckets is the total, and input and output are not."""
    asked = read_count(usage.get("input"))
    if asked is None:
        return False
    answered = read_count(usage.get("output")) or 0
    buckets = [count for name, value in usage.items() if name != "total" and (count := read_count(value)) is not None]
    total = read_count(usage.get("total"))
    if total is not None and total != asked + answered:
        return total == sum(buckets)
    # without a total: cached tokens that are more than the input cannot be part of it
    cached = (find_count(usage, CACHE_READ) or 0) + (find_count(usage, CACHE_WRITE) or 0)
    return total is None and cached > asked


def _read_cost(details: Usage) -> Decimal | None:
    if not details:
        return None
    total = read_money(details.get("total"))
    return (
        round_money(sum((read_money(details.get(name)) or _ZERO for name in _PARTS), _ZERO)) if total is None else total
    )
