"""Vercel's AI SDK, versions 4 to 6 and 7 with its older telemetry (V5, V6 and V7L of dialects.md).

The outer span repeats its steps (version 5: only the last one), so calls are the `.doGenerate`, `.doStream` and
`.doEmbed` spans. Source: https://ai-sdk.dev/docs/ai-sdk-core/telemetry
"""

from collector import steps
from collector.dialects.contents import absorb_chat, absorb_input, absorb_output
from collector.dialects.messages import ASSISTANT, USER
from collector.dialects.names import normalise_finish, normalise_provider
from collector.dialects.tables import Table, fill_contents, fill_counts, fill_texts, first_text
from collector.dialects.usage import CACHE_READ, CACHE_WRITE, CACHE_WRITE_1H, add_cache_to_input, find_count
from collector.dialects.values import parse_object, read_money, read_number, read_text
from collector.dialects.vercel_content import read_reply
from collector.spans import Attributes, Span
from collector.steps import Step

NAME = "ai-sdk"
SCOPES = ("ai",)

_ID = "ai.operationId"
_ENDINGS = {
    ".doGenerate": steps.MODEL_CALL,
    ".doStream": steps.MODEL_CALL,
    ".doEmbed": steps.EMBEDDING,
    ".doRerank": steps.RERANK,
}
_OUTER = {
    "ai.generateText": steps.AGENT,
    "ai.streamText": steps.AGENT,
    "ai.generateObject": steps.WORKFLOW,
    "ai.streamObject": steps.WORKFLOW,
    "ai.embed": steps.WORKFLOW,
    "ai.embedMany": steps.WORKFLOW,
    "ai.rerank": steps.WORKFLOW,
    "ai.toolCall": steps.TOOL_CALL,
}
_OWN = ("ai.telemetry.metadata.", "ai.settings.context.")
_SESSIONS = ("sessionId", "session_id", "threadId", "thread_id", "conversationId", "chatId")
_USERS = ("userId", "user_id")
_TEXTS: Table = (
    ("ai.model.id", "request_model"),
    ("ai.response.model", "response_model"),
    ("ai.response.id", "response_id"),
    ("ai.toolCall.name", "tool_name"),
    ("ai.toolCall.id", "tool_call_id"),
    *((own + name, "session_id") for own in _OWN for name in _SESSIONS),
    *((own + name, "user_id") for own in _OWN for name in _USERS),
)
_AGENT_TEXTS: Table = (("ai.telemetry.functionId", "agent_name"), ("resource.name", "agent_name"))
_COUNTS: Table = (
    ("ai.usage.inputTokens", "input_tokens"),
    ("ai.usage.promptTokens", "input_tokens"),
    ("ai.usage.tokens", "input_tokens"),
    ("ai.usage.outputTokens", "output_tokens"),
    ("ai.usage.completionTokens", "output_tokens"),
    ("ai.usage.inputTokenDetails.cacheReadTokens", "cache_read_tokens"),
    ("ai.usage.cachedInputTokens", "cache_read_tokens"),
    ("ai.usage.inputTokenDetails.cacheWriteTokens", "cache_write_tokens"),
    ("ai.usage.outputTokenDetails.reasoningTokens", "reasoning_tokens"),
    ("ai.usage.reasoningTokens", "reasoning_tokens"),
)
_TOOL_CONTENTS: Table = (("ai.toolCall.args", "tool_arguments"), ("ai.toolCall.result", "tool_result"))
_PROVIDERS = ("ai.model.provider", "gen_ai.system")
_FINISH = ("ai.response.finishReason", "ai.finishReason")
_FIRST_CHUNK = ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")
_METADATA = "ai.response.providerMetadata"

MARKS = frozenset({_ID})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Every span of the SDK says which operation it is."""
    return _ID in span.attributes


def read(span: Span, step: Step) -> None:
    """Read the span into the fields that are still empty."""
    attributes = span.attributes
    operation = read_text(attributes.get(_ID))
    if step.step_type == steps.OTHER:
        ending = operation[operation.rfind(".") :]
        step.step_type = _ENDINGS.get(ending) or _OUTER.get(operation, steps.OTHER)
    fill_texts(step, attributes, _TEXTS)
    fill_counts(step, attributes, _COUNTS)
    if step.step_type == steps.AGENT:
        fill_texts(step, attributes, _AGENT_TEXTS)
    if not step.provider:
        name = first_text(attributes, _PROVIDERS).partition(".")[0]
        step.provider = normalise_provider(name, step.request_model)
    step.finish_reason = step.finish_reason or normalise_finish(first_text(attributes, _FINISH))
    if step.first_token_ms is None:
        step.first_token_ms = next((n for name in _FIRST_CHUNK if (n := read_number(attributes.get(name)))), None)
    if _METADATA in attributes:
        _read_metadata(attributes, step)
    _read_contents(attributes, step)


def _read_metadata(attributes: Attributes, step: Step) -> None:
    """What a gateway charged, and cache counts that version 5 leaves inside the provider's own object.

    There the input may be Anthropic's or Bedrock's own count, which leaves cached tokens out.
    """
    metadata = parse_object(attributes[_METADATA])
    gateway = metadata.get("gateway")
    if step.reported_cost_usd is None and isinstance(gateway, dict):
        step.reported_cost_usd = read_money(gateway.get("cost"))
    inclusive = any(name.startswith("ai.usage.inputTokenDetails.") for name in attributes)
    for maker in ("anthropic", "bedrock"):
        own = metadata.get(maker)
        usage = own.get("usage") if isinstance(own, dict) else None
        if not isinstance(usage, dict):
            continue
        step.cache_read_tokens = step.cache_read_tokens or find_count(usage, CACHE_READ) or 0
        step.cache_write_tokens = step.cache_write_tokens or find_count(usage, CACHE_WRITE) or 0
        step.cache_write_1h_tokens = step.cache_write_1h_tokens or find_count(usage, CACHE_WRITE_1H) or 0
        uncached = find_count(usage, ("input_tokens", "inputTokens"))
        if step.has_usage and not inclusive and uncached in (None, step.input_tokens):
            add_cache_to_input(step)


def _read_contents(attributes: Attributes, step: Step) -> None:
    if step.step_type == steps.TOOL_CALL:
        fill_contents(step, attributes, _TOOL_CONTENTS)
        return
    absorb_chat(step, attributes, "ai.prompt.messages", "input_messages", USER)
    for name in ("ai.prompt", "ai.value", "ai.values", "ai.documents"):
        absorb_input(step, attributes, name)
    read_reply(attributes, step)
    absorb_output(step, attributes, "ai.ranking")
    if not step.output_messages:
        absorb_chat(step, attributes, "ai.result.text", "output_messages", ASSISTANT)
