"""Token counts as providers and frameworks spell them in one object: the `usage` of a response, or a summary of it.

OpenAI, Gemini and LangChain count cached tokens inside the input; Anthropic's own object counts them beside it.
"""

from collections.abc import Mapping

from collector.dialects.values import read_count
from collector.steps import Step

Usage = Mapping[str, object]
Names = tuple[str, ...]

INPUT: Names = ("prompt_tokens", "input_tokens", "inputTokens", "prompt_token_count", "promptTokenCount", "input")
OUTPUT: Names = (
    "completion_tokens", "output_tokens", "outputTokens", "candidates_token_count", "candidatesTokenCount", "output",
)  # fmt: skip
CACHE_READ: Names = (
    "prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", "input_token_details.cache_read",
    "cache_read_input_tokens", "cacheReadInputTokens", "cached_content_token_count", "cachedContentTokenCount",
    "cached_prompt_tokens", "input_cache_read", "input_cached_tokens", "cache_read_tokens",
)  # fmt: skip
CACHE_WRITE: Names = (
    "cache_creation_input_tokens", "cacheWriteInputTokens", "input_token_details.cache_creation",
    "prompt_tokens_details.cache_creation_tokens", "prompt_tokens_details.cache_write_tokens",
    "input_cache_creation", "cache_creation_tokens", "cache_write_tokens",
)  # fmt: skip
CACHE_WRITE_5M: Names = (
    "cache_creation.ephemeral_5m_input_tokens", "input_token_details.ephemeral_5m_input_tokens",
)  # fmt: skip
CACHE_WRITE_1H: Names = (
    "cache_creation.ephemeral_1h_input_tokens", "input_token_details.ephemeral_1h_input_tokens",
)  # fmt: skip
REASONING: Names = (
    "completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens",
    "output_token_details.reasoning", "output_reasoning", "output_reasoning_tokens", "reasoning_tokens",
    "thoughts_token_count", "thoughtsTokenCount",
)  # fmt: skip
AUDIO_INPUT: Names = (
    "prompt_tokens_details.audio_tokens", "input_tokens_details.audio_tokens", "input_token_details.audio",
    "input_audio", "input_audio_tokens",
)  # fmt: skip
AUDIO_OUTPUT: Names = (
    "completion_tokens_details.audio_tokens", "output_tokens_details.audio_tokens", "output_token_details.audio",
    "output_audio", "output_audio_tokens",
)  # fmt: skip
_SHORT_LIVED = "cache_write_5m_tokens"
"""No field of a step: written for five minutes is what is not for an hour."""
_FIELDS: tuple[tuple[str, Names], ...] = (
    ("input_tokens", INPUT),
    ("output_tokens", OUTPUT),
    ("cache_read_tokens", CACHE_READ),
    ("cache_write_tokens", CACHE_WRITE),
    ("cache_write_1h_tokens", CACHE_WRITE_1H),
    (_SHORT_LIVED, CACHE_WRITE_5M),
    ("reasoning_tokens", REASONING),
    ("audio_input_tokens", AUDIO_INPUT),
    ("audio_output_tokens", AUDIO_OUTPUT),
)


_RANKED: dict[str, tuple[str, int]] = {
    name: (field, rank) for field, names in _FIELDS for rank, name in reversed(list(enumerate(names)))
}
"""Name of a count → its field, and how early it stands among the names of the field."""


def find_count(usage: Usage, names: Names) -> int | None:
    """The first of these counts; a dotted name is looked for as it is and as a path of two."""
    for name in names:
        value = usage.get(name)
        if value is None and "." in name:
            outer, _, inner = name.partition(".")
            details = usage.get(outer)
            value = details.get(inner) if isinstance(details, dict) else None
        if value is not None:
            count = read_count(value)
            if count is not None:
                return count
    return None


def fill_usage(step: Step, usage: Usage) -> None:
    """Fill the counts that are still empty; input and output as the object says them."""
    best: dict[str, tuple[int, int]] = {}
    for name, value in usage.items():
        if isinstance(value, dict):
            for inner, count in value.items():
                _rank_count(best, f"{name}.{inner}", count)
        else:
            _rank_count(best, name, value)
    _, written_5m = best.pop(_SHORT_LIVED, (0, 0))
    for field, (_, count) in best.items():
        step.has_usage = True
        if not getattr(step, field):
            setattr(step, field, count)
    if not step.cache_write_tokens:
        step.cache_write_tokens = written_5m + step.cache_write_1h_tokens


def _rank_count(best: dict[str, tuple[int, int]], name: str, value: object) -> None:
    """Keep the count if it is the first of its field's names so far."""
    entry = _RANKED.get(name)
    if entry is None:
        return
    field, rank = entry
    count = read_count(value)
    if count is not None and (field not in best or rank < best[field][0]):
        best[field] = (rank, count)


def add_cache_to_input(step: Step) -> None:
    """For a sender whose input leaves cached tokens out: put them in."""
    step.input_tokens += step.cache_read_tokens + step.cache_write_tokens


def add_reasoning_to_output(step: Step) -> None:
    """For a sender whose output leaves reasoning out: put it in."""
    step.output_tokens += step.reasoning_tokens
