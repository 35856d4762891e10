"""What it costs to give a span its meaning: choosing the dialect, reading it, pricing it, making its columns."""

import json
import time
from collections.abc import Callable

from collector.normalise import Context, normalise_spans
from collector.pricing import PriceBook
from collector.spans import Attributes, Resource, Scope, Span
from tests.bench.machine import Figure

SPANS = 512  # as many as a request of `ingest` has
ROUNDS = 40
NOW_NS = 1_793_534_400_000_000_000
GOAL_US = 25.0
TEXT = "plain words without anything to find in them, again and again. " * 33  # about 2 kB, twice on each span


def run_meaning() -> list[Figure]:
    """CPU microseconds a span, the best of several rounds: ten attributes and 4 kB of text, one model call."""
    return [
        Figure("meaning", f"normalise: {name}", _measure(make()), "us of CPU a span", goal)
        for name, make, goal in CASES
    ]


def _measure(span: Span) -> float:
    context = Context("default", NOW_NS // 1000, PriceBook(), lambda _tenant, _text: "")
    spans = [span] * SPANS
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        normalise_spans(spans, context)
        best = min(best, time.process_time() - started)
    return best / SPANS * 1e6


def _make_span(scope: str, attributes: Attributes) -> Span:
    return Span("ab" * 16, "cd" * 8, "", "", "chat", 3, NOW_NS, NOW_NS + 10**9, attributes, 0, "",
                Resource({"service.name": "agent"}), Scope(scope, "", {}))  # fmt: skip


def _make_genai() -> Span:
    return _make_span(
        "opentelemetry.instrumentation.genai.openai",
        {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini", "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.response.id": "chatcmpl-1", "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 25,
            "gen_ai.response.finish_reasons": ["stop"], "gen_ai.input.messages": TEXT,
            "gen_ai.output.messages": TEXT,
        },
    )  # fmt: skip


def _make_openinference() -> Span:
    return _make_span(
        "openinference.instrumentation.openai",
        {
            "openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini", "llm.provider": "openai",
            "llm.token_count.prompt": 120, "llm.token_count.completion": 25,
            "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": TEXT,
            "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": TEXT,
            "session.id": "s-1",
        },
    )  # fmt: skip


def _make_langfuse() -> Span:
    said = json.dumps([{"role": "user", "content": TEXT}])
    return _make_span(
        "langfuse-sdk",
        {
            "langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-4o-mini",
            "langfuse.observation.input": said, "langfuse.observation.output": said,
            "langfuse.observation.usage_details": '{"prompt_tokens": 120, "completion_tokens": 25}',
            "user.id": "u-1", "session.id": "s-1", "langfuse.trace.name": "trip", "langfuse.version": "1",
            "langfuse.environment": "test",
        },
    )  # fmt: skip


CASES: tuple[tuple[str, Callable[[], Span], float], ...] = (
    ("OpenTelemetry GenAI", _make_genai, GOAL_US),
    ("OpenInference, messages flattened", _make_openinference, GOAL_US),
    ("Langfuse, messages as JSON", _make_langfuse, GOAL_US),
)
