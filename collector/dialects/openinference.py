"""OpenInference (OI of dialects.md): kinds, names and counts. What was said is in `openinference_content.py`.

Source: https://arize-ai.github.io/openinference/spec/
"""

from decimal import Decimal

from collector import steps
from collector.dialects.names import normalise_finish, normalise_provider
from collector.dialects.openinference_content import read_contents
from collector.dialects.tables import Table, fill_counts, fill_texts, first_text
from collector.dialects.values import parse_json, read_count, read_money, read_text, round_money
from collector.spans import Attributes, Span, Value
from collector.steps import Step

NAME = "openinference"
SCOPES = ("openinference.",)

_KIND = "openinference.span.kind"
_KINDS = {
    "LLM": steps.MODEL_CALL,
    "TOOL": steps.TOOL_CALL,
    "RETRIEVER": steps.RETRIEVAL,
    "AGENT": steps.AGENT,
    "CHAIN": steps.WORKFLOW,
    "PROMPT": steps.WORKFLOW,
    "EMBEDDING": steps.EMBEDDING,
    "RERANKER": steps.RERANK,
    "GUARDRAIL": steps.VALIDATOR,
    "EVALUATOR": steps.EVALUATION,
}
_HANDOFF = "handoff to "
_PROVIDERS = ("llm.provider", "llm.system", "decision.provider", "decision.system")
_TEXTS: Table = (
    ("llm.request.model_name", "request_model"),
    ("llm.model_name", "request_model"),
    ("llm.response.model_name", "response_model"),
    ("llm.model_name", "response_model"),
    ("embedding.model_name", "response_model"),
    ("reranker.model_name", "response_model"),
    ("session.id", "session_id"),
    ("user.id", "user_id"),
    ("agent.name", "agent_name"),
    ("llm.prompt_template.version", "prompt_version"),
)
# a decision model is no language model, and its tokens are not priced as one's: such a step is of no type
_DECISION_TEXTS: Table = (
    ("decision.request.model_name", "request_model"),
    ("decision.response.model_name", "response_model"),
    ("decision.model_name", "response_model"),
)
_DECISION_COUNTS: Table = (
    ("decision.token_count.input", "input_tokens"),
    ("decision.token_count.output", "output_tokens"),
)
_AGENT_TEXTS: Table = (
    ("graph.node.name", "agent_name"),
    ("graph.node.id", "agent_name"),
    ("graph.node.id", "agent_id"),
)
_TOOL_TEXTS: Table = (
    ("tool.name", "tool_name"),
    ("tool.id", "tool_call_id"),
)
_COUNTS: Table = (
    ("llm.token_count.prompt", "input_tokens"),
    ("llm.token_count.completion", "output_tokens"),
    ("llm.token_count.prompt_details.cache_read", "cache_read_tokens"),
    ("llm.token_count.prompt_details.cache_input", "cache_read_tokens"),
    ("llm.token_count.prompt_details.cache_write", "cache_write_tokens"),
    ("llm.token_count.prompt_details.audio", "audio_input_tokens"),
    ("llm.token_count.completion_details.reasoning", "reasoning_tokens"),
    ("llm.token_count.completion_details.audio", "audio_output_tokens"),
)
_PARAMETERS = ("llm.invocation_parameters", "embedding.invocation_parameters")
_LONGEST_PARSED = 65_536
_FIRST_TOKEN = "First Token Stream Event"  # noqa: S105 - the name of an event
_ZERO = Decimal(0)
_NANOS_IN_MS = 1_000_000

MARKS = frozenset({_KIND})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Every OpenInference span says its kind."""
    return _KIND in span.attributes


def read(span: Span, step: Step) -> None:
    """Read the span into the fields that are still empty."""
    attributes = span.attributes
    if step.step_type == steps.OTHER:
        step.step_type = _find_type(span)
    fill_texts(step, attributes, _TEXTS)
    fill_counts(step, attributes, _COUNTS)
    if step.step_type == steps.OTHER:
        fill_texts(step, attributes, _DECISION_TEXTS)
        fill_counts(step, attributes, _DECISION_COUNTS)
    if not step.provider:
        name = first_text(attributes, _PROVIDERS)
        if name:
            step.provider = normalise_provider(name, step.response_model or step.request_model)
    if not step.finish_reason:
        step.finish_reason = normalise_finish(read_text(attributes.get("llm.finish_reason")))
    _read_kind(span, step)
    _read_cost(attributes, step)
    _read_first_token(span, step)
    if not step.user_id:
        _read_user(attributes, step)
    read_contents(attributes, step)


def _find_type(span: Span) -> str:
    kind = read_text(span.attributes.get(_KIND)).upper()
    # the agents SDK's hand-over from one agent to another comes as a tool without a name
    if kind == "TOOL" and span.name.startswith(_HANDOFF) and "tool.name" not in span.attributes:
        return steps.HANDOFF
    return _KINDS.get(kind, steps.OTHER)


def _read_kind(span: Span, step: Step) -> None:
    """What only spans of one kind say."""
    attributes = span.attributes
    if step.step_type == steps.AGENT:
        fill_texts(step, attributes, _AGENT_TEXTS)
        step.agent_name = step.agent_name or span.name
    elif step.step_type == steps.TOOL_CALL:
        fill_texts(step, attributes, _TOOL_TEXTS)
        step.tool_name = step.tool_name or span.name
    elif step.step_type in (steps.MODEL_CALL, steps.EMBEDDING):
        # a call that failed has no response to name the model
        if not step.request_model and not step.response_model:
            step.request_model = _find_model(attributes)
        if step.step_type == steps.EMBEDDING and not step.input_tokens:
            total = read_count(attributes.get("llm.token_count.total"))
            if total is not None:
                step.has_usage = True
                step.input_tokens = total


def _find_model(attributes: Attributes) -> str:
    """The `model` of the request, as the parameters or the raw request say it."""
    for name in (*_PARAMETERS, "input.value"):
        text = attributes.get(name)
        if isinstance(text, str) and text.startswith("{") and len(text) <= _LONGEST_PARSED:
            parameters = parse_json(text)
            model = parameters.get("model") if isinstance(parameters, dict) else None
            if isinstance(model, str) and model:
                return model
    return ""


def _read_cost(attributes: Attributes, step: Step) -> None:
    if step.reported_cost_usd is not None:
        return
    step.reported_cost_usd = read_money(attributes.get("llm.cost.total"))
    if step.reported_cost_usd is None:
        asked = read_money(attributes.get("llm.cost.prompt"))
        answered = read_money(attributes.get("llm.cost.completion"))
        if asked is not None or answered is not None:
            step.reported_cost_usd = round_money((asked or _ZERO) + (answered or _ZERO))


def _read_first_token(span: Span, step: Step) -> None:
    if step.first_token_ms is not None:
        return
    for event in span.events:
        if event.name == _FIRST_TOKEN and event.time_ns >= span.start_ns:
            step.first_token_ms = (event.time_ns - span.start_ns) / _NANOS_IN_MS
            return


def _read_user(attributes: Attributes, step: Step) -> None:
    """The LangChain instrumentation tells the user in its metadata, OpenAI's callers in the request's parameters."""
    step.user_id = _find_inside(attributes.get("metadata"), "user_id")
    if not step.user_id:
        step.user_id = _find_inside(attributes.get(_PARAMETERS[0]), "user")


def _find_inside(text: Value, name: str) -> str:
    """A field of an object in JSON text, parsed only if its name is in there."""
    if not isinstance(text, str) or f'"{name}"' not in text or len(text) > _LONGEST_PARSED:
        return ""
    values = parse_json(text)
    return read_text(values.get(name)) if isinstance(values, dict) else ""
