"""MLflow's export (ML and MG of dialects.md): every value is JSON text, scalars too.

With its GenAI names switched on (MG) the type may still be MLflow's own word as the operation's name.
Source: https://mlflow.org/docs/latest/genai/tracing/
"""

from collector import steps
from collector.dialects.contents import absorb_input, absorb_output
from collector.dialects.names import normalise_finish, normalise_provider
from collector.dialects.usage import fill_usage
from collector.dialects.values import parse_object, read_money, read_text, unquote_text
from collector.spans import Attributes, Span
from collector.steps import Step

NAME = "mlflow"
SCOPES = ("mlflow.tracing.provider",)

_TYPE = "mlflow.spanType"
_TYPES = {
    "CHAT_MODEL": steps.MODEL_CALL,
    "LLM": steps.MODEL_CALL,
    "TOOL": steps.TOOL_CALL,
    "RETRIEVER": steps.RETRIEVAL,
    "AGENT": steps.AGENT,
    "EMBEDDING": steps.EMBEDDING,
    "RERANKER": steps.RERANK,
    "GUARDRAIL": steps.VALIDATOR,
    "EVALUATOR": steps.EVALUATION,
    "CHAIN": steps.WORKFLOW,
    "WORKFLOW": steps.WORKFLOW,
    "TASK": steps.WORKFLOW,
    "PARSER": steps.WORKFLOW,
}
_OUTPUT = "mlflow.spanOutputs"
_REPLY_PARSED = 1 << 20
_CHUNK = "mlflow.chunk.item."
_NANOS_IN_MS = 1_000_000

MARKS = frozenset({_TYPE})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Every span says its type, unless GenAI's names are on."""
    return _TYPE in span.attributes


def read(span: Span, step: Step) -> None:
    """Read the span into the fields that are still empty."""
    attributes = span.attributes
    said = unquote_text(attributes.get(_TYPE)) or read_text(attributes.get("gen_ai.operation.name"))
    if step.step_type == steps.OTHER:
        step.step_type = _TYPES.get(said, steps.OTHER)
    if _TYPE not in attributes:
        return
    if step.step_type in (steps.MODEL_CALL, steps.EMBEDDING):
        _read_call(attributes, step)
    elif step.step_type == steps.TOOL_CALL:
        step.tool_name = step.tool_name or span.name
    elif step.step_type == steps.AGENT:
        step.agent_name = step.agent_name or span.name
    step.session_id = step.session_id or unquote_text(attributes.get("mlflow.trace.session"))
    step.user_id = step.user_id or unquote_text(attributes.get("mlflow.trace.user"))
    if span.events and step.first_token_ms is None:
        step.first_token_ms = _read_first_chunk(span)
    absorb_input(step, attributes, "mlflow.spanInputs")
    absorb_output(step, attributes, _OUTPUT)


def _read_call(attributes: Attributes, step: Step) -> None:
    named = unquote_text(attributes.get("mlflow.llm.model"))
    step.request_model = step.request_model or unquote_text(attributes.get("model")) or named
    step.response_model = step.response_model or named
    provider = unquote_text(attributes.get("mlflow.llm.provider"))
    if provider and not step.provider:
        step.provider = normalise_provider(provider, named)
    fill_usage(step, parse_object(attributes.get("mlflow.chat.tokenUsage")))
    cost = parse_object(attributes.get("mlflow.llm.cost"))
    if cost and step.reported_cost_usd is None:
        step.reported_cost_usd = read_money(cost.get("total_cost"))
    _read_reply(parse_object(attributes.get(_OUTPUT), _REPLY_PARSED), step)


def _read_first_chunk(span: Span) -> float | None:
    """Each part of a streamed reply is an event, `mlflow.chunk.item.N`."""
    times = [event.time_ns for event in span.events if event.name.startswith(_CHUNK) and event.time_ns >= span.start_ns]
    return (min(times) - span.start_ns) / _NANOS_IN_MS if times else None


def _read_reply(reply: dict[str, object], step: Step) -> None:
    """The provider's own response: its id, why it ended, and counts that MLflow does not repeat."""
    step.response_id = step.response_id or read_text(reply.get("id"))
    step.response_model = step.response_model or read_text(reply.get("model"))
    choices = reply.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else reply
    if isinstance(first, dict) and not step.finish_reason:
        reason = first.get("finish_reason") or first.get("stop_reason")
        step.finish_reason = normalise_finish(read_text(reason))
    usage = reply.get("usage")
    if isinstance(usage, dict) and step.has_usage:
        fill_usage(step, usage)
