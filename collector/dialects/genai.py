"""OpenTelemetry's GenAI conventions, from 1.27 to their own repository (G1, G2 and G3 of dialects.md).

Current names come first in every table, then those they replaced, then near relatives that only differ by a key.
Source: https://github.com/open-telemetry/semantic-conventions-genai, and the 1.27 to 1.41 releases before it.
"""

from collector import steps
from collector.dialects.messages import ASSISTANT, USER, convert_chat, write_text
from collector.dialects.names import normalise_finish, normalise_provider
from collector.dialects.tables import Table, attributes_of, fill_contents, fill_counts, fill_texts, first_text
from collector.dialects.values import parse_json, read_json, read_money, read_number, read_text
from collector.spans import Attributes, Span
from collector.steps import Score, Step

NAME = "otel-genai"
SCOPES = ("opentelemetry.instrumentation.genai.", "opentelemetry.instrumentation.openai_v2", "gen_ai")

OPERATIONS = {
    "chat": steps.MODEL_CALL,
    "text_completion": steps.MODEL_CALL,
    "generate_content": steps.MODEL_CALL,
    "completion": steps.MODEL_CALL,
    "generate": steps.MODEL_CALL,
    "response": steps.MODEL_CALL,
    "llm_call": steps.MODEL_CALL,
    "execute_tool": steps.TOOL_CALL,
    "tool_call": steps.TOOL_CALL,
    "retrieval": steps.RETRIEVAL,
    "retriever": steps.RETRIEVAL,
    "vector_db_retrieve": steps.RETRIEVAL,
    "invoke_agent": steps.AGENT,
    "agent_call": steps.AGENT,
    "invoke_workflow": steps.WORKFLOW,
    "plan": steps.WORKFLOW,
    "chain": steps.WORKFLOW,
    "execute_task": steps.WORKFLOW,
    "agent_step": steps.WORKFLOW,
    "execute_event_loop_cycle": steps.WORKFLOW,
    "embeddings": steps.EMBEDDING,
    "rerank": steps.RERANK,
    "handoff": steps.HANDOFF,
    "apply_guardrail": steps.VALIDATOR,
    "run_guardrail": steps.VALIDATOR,
    "human_approval": steps.APPROVAL,
    "evaluate": steps.EVALUATION,
    "experiment": steps.EVALUATION,
}
_PROVIDERS = ("gen_ai.provider.name", "gen_ai.system")
_TEXTS: Table = (
    ("gen_ai.request.model", "request_model"),
    ("gen_ai.response.model", "response_model"),
    ("gen_ai.response.id", "response_id"),
    ("gen_ai.conversation.id", "session_id"),
    ("gen_ai.agent.name", "agent_name"),
    ("gen_ai.agent.id", "agent_id"),
    ("gen_ai.agent.version", "agent_version"),
    ("gen_ai.workflow.name", "workflow_name"),
    ("gen_ai.prompt.version", "prompt_version"),
    ("gen_ai.agent.call.id", "run_id"),
    ("gcp.vertex.agent.invocation_id", "run_id"),
    ("gen_ai.user", "user_id"),
    ("gen_ai.request.user", "user_id"),
    ("openai.response.service_tier", "service_tier"),
    ("gen_ai.openai.response.service_tier", "service_tier"),
    ("gen_ai.response.service_tier", "service_tier"),
)
_TOOL_TEXTS: Table = (
    ("gen_ai.tool.name", "tool_name"),
    ("gen_ai.tool.call.id", "tool_call_id"),
)
_COUNTS: Table = (
    ("gen_ai.usage.input_tokens", "input_tokens"),
    ("gen_ai.usage.prompt_tokens", "input_tokens"),
    ("gen_ai.usage.output_tokens", "output_tokens"),
    ("gen_ai.usage.completion_tokens", "output_tokens"),
    ("gen_ai.usage.cache_read.input_tokens", "cache_read_tokens"),
    ("gen_ai.usage.cache_read_input_tokens", "cache_read_tokens"),
    ("gen_ai.usage.cache_write.input_tokens", "cache_write_tokens"),
    ("gen_ai.usage.cache_creation.input_tokens", "cache_write_tokens"),
    ("gen_ai.usage.cache_creation_input_tokens", "cache_write_tokens"),
    ("gen_ai.usage.cache_write_input_tokens", "cache_write_tokens"),
    ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", "cache_write_1h_tokens"),
    ("gen_ai.usage.audio.cache_read.input_tokens", "cache_audio_tokens"),
    ("gen_ai.usage.reasoning.output_tokens", "reasoning_tokens"),
    ("gen_ai.usage.reasoning_tokens", "reasoning_tokens"),
    ("gen_ai.usage.details.reasoning_tokens", "reasoning_tokens"),
    ("gen_ai.usage.audio.input_tokens", "audio_input_tokens"),
    ("gen_ai.usage.audio.output_tokens", "audio_output_tokens"),
)
_CONTENTS: Table = (
    ("gen_ai.input.messages", "input_messages"),
    ("gen_ai.output.messages", "output_messages"),
    ("gen_ai.system_instructions", "system_instructions"),
    ("gen_ai.retrieval.documents", "documents"),
)
_TOOL_CONTENTS: Table = (
    ("gen_ai.tool.call.arguments", "tool_arguments"),
    ("gen_ai.tool.call.result", "tool_result"),
    ("anthropic.tool_result.content", "tool_result"),
)
_COSTS = ("operation.cost", "gen_ai.usage.cost", "gen_ai.cost.total_cost")
_FIRST_CHUNK_SECONDS = (
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.server.time_to_first_token",
)
_FINISH_REASONS = ("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason", "anthropic.message.stop_reason")
_MARKS = attributes_of(_TEXTS, _TOOL_TEXTS, _COUNTS, _CONTENTS, _TOOL_CONTENTS) | {
    "gen_ai.operation.name",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.evaluation.name",
    *_PROVIDERS,
}


def matches(span: Span) -> bool:
    """Whether any attribute is one of these conventions'."""
    return not _MARKS.isdisjoint(span.attributes)


def read(span: Span, step: Step) -> None:
    """Read the span into the fields that are still empty."""
    attributes = span.attributes
    if step.step_type == steps.OTHER:
        step.step_type = _find_type(attributes)
    fill_texts(step, attributes, _TEXTS)
    fill_counts(step, attributes, _COUNTS)
    fill_contents(step, attributes, _CONTENTS)
    # a chat span may name the tool that the model asked for (OpenLIT): that is not the tool's call
    if step.step_type != steps.MODEL_CALL:
        fill_texts(step, attributes, _TOOL_TEXTS)
        fill_contents(step, attributes, _TOOL_CONTENTS)
    if not step.provider:
        name = first_text(attributes, _PROVIDERS)
        if name:
            step.provider = normalise_provider(name, step.response_model or step.request_model)
    if not step.finish_reason:
        step.finish_reason = _read_finish(attributes)
    if step.reported_cost_usd is None:
        step.reported_cost_usd = next((c for k in _COSTS if (c := read_money(attributes.get(k))) is not None), None)
    if step.first_token_ms is None:
        step.first_token_ms = _read_first_chunk(attributes)
    _fill_rest(attributes, step)


def fill_said(step: Step, attributes: Attributes) -> None:
    """Fill counts and contents from an event's attributes: they are the span's, told beside it."""
    fill_texts(step, attributes, _TEXTS)
    fill_counts(step, attributes, _COUNTS)
    taken = step.absorbed
    step.absorbed = set()  # what moves here is an event's, and stays there too
    fill_contents(step, attributes, _CONTENTS)
    fill_contents(step, attributes, _TOOL_CONTENTS)
    step.absorbed = taken


def _find_type(attributes: Attributes) -> str:
    operation = attributes.get("gen_ai.operation.name")
    if isinstance(operation, str) and operation:
        return OPERATIONS.get(operation.lower(), steps.OTHER)
    # 1.27 and older had no operation name
    if "gen_ai.request.model" in attributes:
        return steps.MODEL_CALL
    return steps.TOOL_CALL if "gen_ai.tool.name" in attributes else steps.OTHER


def _read_finish(attributes: Attributes) -> str:
    for name in _FINISH_REASONS:
        value: object = attributes.get(name)
        if isinstance(value, str) and value.startswith("["):
            value = parse_json(value)
        if isinstance(value, list):
            value = next((reason for reason in value if reason), None)
        if isinstance(value, str) and value:
            return normalise_finish(value)
    return ""


def _read_first_chunk(attributes: Attributes) -> float | None:
    for name in _FIRST_CHUNK_SECONDS:
        seconds = read_number(attributes.get(name))
        if seconds is not None and seconds >= 0:
            return seconds * 1000
    return None


def _fill_rest(attributes: Attributes, step: Step) -> None:
    """What takes more than moving a value: a query, an evaluation, and the prompts of 1.27 and older."""
    query = attributes.get("gen_ai.retrieval.query.text")
    if isinstance(query, str) and query and not step.input_messages:
        step.input_messages = write_text(USER, query)
        step.absorbed.add("gen_ai.retrieval.query.text")
    if not step.input_messages and "gen_ai.prompt" in attributes:
        step.input_messages = _absorb_chat(attributes, "gen_ai.prompt", USER, step)
    if not step.output_messages and "gen_ai.completion" in attributes:
        step.output_messages = _absorb_chat(attributes, "gen_ai.completion", ASSISTANT, step)
    if not step.scores and "gen_ai.evaluation.name" in attributes:
        step.scores = [read_score(attributes)]


def _absorb_chat(attributes: Attributes, name: str, role: str, step: Step) -> str:
    text = read_json(attributes[name])
    messages = convert_chat(text, role) if text else ""
    if messages:
        step.absorbed.add(name)
    return messages


def read_score(attributes: Attributes) -> Score:
    """The evaluation that these attributes, of a span or of a `gen_ai.evaluation.result` event, tell of."""
    return Score(
        name=read_text(attributes.get("gen_ai.evaluation.name")),
        value=read_number(attributes.get("gen_ai.evaluation.score.value")),
        label=read_text(attributes.get("gen_ai.evaluation.score.label")),
        explanation=read_text(attributes.get("gen_ai.evaluation.explanation")),
    )
