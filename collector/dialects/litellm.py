"""LiteLLM's `otel` callback (LL of dialects.md): GenAI names, with the proxy's knowledge under `metadata.*`.

`raw_gen_ai_request` below `litellm_request` is the same call and counts for nothing.
Source: https://docs.litellm.ai/docs/observability/opentelemetry_integration
"""

from collector import steps
from collector.dialects.tables import Table, fill_texts
from collector.dialects.usage import fill_usage
from collector.dialects.values import parse_object, read_money, read_text
from collector.spans import Span
from collector.steps import Step

NAME = "litellm"
SCOPES = ("litellm",)

_NAMES = {"litellm_request": steps.MODEL_CALL, "raw_gen_ai_request": steps.EVENT}
_EMBEDDINGS = frozenset({"embedding", "aembedding"})
_TEXTS: Table = (
    ("metadata.user_api_key_end_user_id", "user_id"),
    ("metadata.user_api_key_user_id", "user_id"),
    ("llm.user", "user_id"),
    ("error.code", "error_type"),
)
_MODEL = "litellm.provider.model"

MARKS = frozenset({"litellm.call_id"})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Its own attributes, where its spans went through another tracer."""
    return "litellm.call_id" in span.attributes


def read(span: Span, step: Step) -> None:
    """Read what GenAI's names do not say; those are read afterwards."""
    attributes = span.attributes
    if step.step_type == steps.OTHER:
        step.step_type = _NAMES.get(span.name, steps.OTHER)
        operation = attributes.get("gen_ai.operation.name") or attributes.get("llm.request.type")
        if step.step_type == steps.MODEL_CALL and operation in _EMBEDDINGS:
            step.step_type = steps.EMBEDDING
    if step.step_type == steps.EVENT:
        return
    fill_texts(step, attributes, (("error.type", "error_type"), *_TEXTS))
    model = read_text(attributes.get(_MODEL))
    step.request_model = step.request_model or model.rpartition("/")[2]
    usage = parse_object(attributes.get("metadata.usage_object"))
    fill_usage(step, usage)
    if step.reported_cost_usd is None:
        hidden = parse_object(attributes.get("hidden_params"))
        cost = attributes.get("gen_ai.cost.total_cost", hidden.get("response_cost"))
        step.reported_cost_usd = read_money(cost)
