"""One spelling for what dialects spell in many ways: model providers and finish reasons (dialects.md 3.2, 3.26)."""

from functools import lru_cache

_PROVIDERS = {
    "gemini": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "google": "gcp.gen_ai",
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "aws": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "xai": "x_ai",
    "mistralai": "mistral_ai",
    "moonshot": "moonshot_ai",
}
_FRAMEWORKS = frozenset(
    {"strands-agents", "microsoft.agent_framework", "langchain", "langgraph", "crewai", "gcp.vertex.agent"}
)
_MODEL_MAKERS = (
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4-", "openai"),
    ("text-embedding-", "openai"),
    ("claude-", "anthropic"),
    ("gemini-", "gcp.gemini"),
    ("mistral-", "mistral_ai"),
    ("command-", "cohere"),
    ("deepseek-", "deepseek"),
    ("grok-", "x_ai"),
)

_LONGEST_PREFIX = max(len(prefix) for prefix, _ in _MODEL_MAKERS)

_FINISH = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_call": "tool_call",
    "tool_calls": "tool_call",
    "tool-calls": "tool_call",
    "tool_use": "tool_call",
    "function_call": "tool_call",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "content-filter": "content_filter",
    "safety": "content_filter",
    "refusal": "content_filter",
    "error": "error",
}
_PYTHON_ENUM = "finishreason."


def normalise_provider(name: str, model: str = "") -> str:
    """OpenTelemetry's name of a model provider; a name it does not know stays, in lower case.

    Some frameworks write their own name there: then the model's name tells, or nobody does.
    """
    provider = name.strip().lower()
    if provider in _FRAMEWORKS:
        return guess_provider(model)
    return _PROVIDERS.get(provider, provider)


def guess_provider(model: str) -> str:
    """Who makes a model of this name; empty when it tells nothing. For spans that name no provider."""
    return _guess_maker(model[:_LONGEST_PREFIX])


@lru_cache(maxsize=1024)
def _guess_maker(start: str) -> str:
    start = start.lower()
    return next((maker for prefix, maker in _MODEL_MAKERS if start.startswith(prefix)), "")


def normalise_finish(reason: str) -> str:
    """stop, tool_call, length, content_filter or error; anything else as it was sent."""
    return _FINISH.get(reason.lower().removeprefix(_PYTHON_ENUM), reason)
