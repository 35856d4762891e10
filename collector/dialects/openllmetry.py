"""OpenLLMetry (Traceloop), flattened until about 0.52 and on GenAI messages since (T1 and T2 of dialects.md).

Source: https://github.com/traceloop/openllmetry, packages/opentelemetry-semantic-conventions-ai
"""

from collector import steps
from collector.dialects import crewai
from collector.dialects.contents import absorb_input, absorb_output
from collector.dialects.genai import OPERATIONS
from collector.dialects.names import normalise_finish
from collector.dialects.openllmetry_content import read_flattened
from collector.dialects.tables import Table, fill_counts, fill_texts
from collector.dialects.values import read_text
from collector.spans import Span
from collector.steps import Step

NAME = "openllmetry"
_LIBRARIES = (
    "agno", "alephalpha", "anthropic", "bedrock", "chromadb", "cohere", "crewai.instrumentation",
    "google_generativeai", "groq", "haystack", "lancedb", "langchain", "llamaindex", "marqo", "mcp", "milvus",
    "mistralai", "ollama", "openai.v0", "openai.v1", "openai_agents", "pinecone", "qdrant", "replicate", "sagemaker",
    "together", "transformers", "vertexai", "voyageai", "watsonx", "weaviate", "writer",
)  # fmt: skip
SCOPES = ("traceloop.tracer", *(f"opentelemetry.instrumentation.{library}" for library in _LIBRARIES))

_KIND = "traceloop.span.kind"
_KINDS = {
    "workflow": steps.WORKFLOW,
    "task": steps.WORKFLOW,
    "agent": steps.AGENT,
    "tool": steps.TOOL_CALL,
    "handoff": steps.HANDOFF,
}
_REQUEST = "llm.request.type"
_REQUESTS = {
    "chat": steps.MODEL_CALL,
    "completion": steps.MODEL_CALL,
    "embedding": steps.EMBEDDING,
    "rerank": steps.RERANK,
}
# what a task or workflow may really be, when the operation says so; `invoke_agent` is said of everything in CrewAI
_BETTER = frozenset({steps.MODEL_CALL, steps.TOOL_CALL, steps.RETRIEVAL, steps.EMBEDDING, steps.RERANK})
_OWN = "traceloop.association.properties."
_TEXTS: Table = (
    ("traceloop.workflow.name", "workflow_name"),
    ("traceloop.prompt.version", "prompt_version"),
    (f"{_OWN}session_id", "session_id"),
    (f"{_OWN}conversation_id", "session_id"),
    (f"{_OWN}thread_id", "session_id"),
    (f"{_OWN}chat_id", "session_id"),
    (f"{_OWN}user_id", "user_id"),
    ("llm.user", "user_id"),
)
_TOOL_TEXTS: Table = (("gen_ai.tool.name", "tool_name"), ("traceloop.entity.name", "tool_name"))
_AGENT_TEXTS: Table = (("gen_ai.agent.name", "agent_name"), ("traceloop.entity.name", "agent_name"))
_COUNTS: Table = (
    ("llm.usage.reasoning_tokens", "reasoning_tokens"),
    ("llm.usage.cache_read_input_tokens", "cache_read_tokens"),
    ("llm.usage.cache_creation_input_tokens", "cache_write_tokens"),
)
_CHUNKS = frozenset({"llm.content.completion.chunk", "gen_ai.content.completion.chunk"})
_NANOS_IN_MS = 1_000_000

MARKS = frozenset({_KIND, _REQUEST})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Whether the span says its kind, or the request's type."""
    return _KIND in span.attributes or _REQUEST in span.attributes


def read(span: Span, step: Step) -> None:
    """Read the span into the fields that are still empty; GenAI's names are read afterwards."""
    attributes = span.attributes
    if step.step_type == steps.OTHER:
        step.step_type = _find_type(span)
    fill_texts(step, attributes, _TEXTS)
    fill_counts(step, attributes, _COUNTS)
    if step.step_type == steps.TOOL_CALL:
        fill_texts(step, attributes, _TOOL_TEXTS)
    elif step.step_type == steps.AGENT:
        fill_texts(step, attributes, _AGENT_TEXTS)
    if attributes.get(_KIND) == "workflow":
        fill_texts(step, attributes, (("traceloop.entity.version", "workflow_version"),))
    if not step.finish_reason:
        step.finish_reason = normalise_finish(read_text(attributes.get("gen_ai.completion.0.finish_reason")))
    step.has_failed = step.has_failed or attributes.get("gen_ai.task.status") == "failure"
    crewai.read(span, step)
    read_flattened(attributes, step)
    for name in ("traceloop.entity.input", "gen_ai.task.input"):
        absorb_input(step, attributes, name)
    for name in ("traceloop.entity.output", "gen_ai.task.output"):
        absorb_output(step, attributes, name)
    if span.events and step.first_token_ms is None:
        step.first_token_ms = _read_first_chunk(span)


def _find_type(span: Span) -> str:
    attributes = span.attributes
    said = _KINDS.get(read_text(attributes.get(_KIND)), steps.OTHER)
    request = _REQUESTS.get(read_text(attributes.get(_REQUEST)), steps.OTHER)
    operation = OPERATIONS.get(read_text(attributes.get("gen_ai.operation.name")), steps.OTHER)
    if request != steps.OTHER:
        return request
    return operation if said == steps.WORKFLOW and operation in _BETTER else said


def _read_first_chunk(span: Span) -> float | None:
    for event in span.events:
        if event.name in _CHUNKS and event.time_ns >= span.start_ns:
            return (event.time_ns - span.start_ns) / _NANOS_IN_MS
    return None
