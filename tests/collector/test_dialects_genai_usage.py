"""OTel GenAI: tokens, finish reasons, costs and times (dialects.md 3.5 to 3.12, 3.26, 3.31)."""

from decimal import Decimal

import pytest

from collector.dialects.reader import read_step
from collector.spans import Attributes, Value
from collector.steps import Step
from tests.collector.otlp_json import make_span


def read(attributes: Attributes, **more: object) -> Step:
    return read_step(make_span(attributes, **more))  # type: ignore[arg-type]


def test_tokens_of_today() -> None:
    step = read(
        {
            "gen_ai.usage.input_tokens": 120,
            "gen_ai.usage.output_tokens": 25,
            "gen_ai.usage.cache_read.input_tokens": 64,
            "gen_ai.usage.cache_write.input_tokens": 32,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 8,
            "gen_ai.usage.reasoning.output_tokens": 5,
            "gen_ai.usage.audio.input_tokens": 3,
            "gen_ai.usage.audio.output_tokens": 2,
        }
    )
    assert (step.input_tokens, step.output_tokens) == (120, 25)
    assert (step.cache_read_tokens, step.cache_write_tokens, step.cache_write_1h_tokens) == (64, 32, 8)
    assert (step.reasoning_tokens, step.audio_input_tokens, step.audio_output_tokens) == (5, 3, 2)


def test_tokens_of_older_releases_and_both_at_once() -> None:
    old = read({"gen_ai.usage.prompt_tokens": 120, "gen_ai.usage.completion_tokens": 25})
    assert (old.input_tokens, old.output_tokens, old.has_usage) == (120, 25, True)
    # Strands writes both names with equal values: they are not added
    both = read({"gen_ai.usage.prompt_tokens": 120, "gen_ai.usage.input_tokens": 120})
    assert both.input_tokens == 120
    assert read({"gen_ai.usage.cache_creation.input_tokens": 32}).cache_write_tokens == 32


@pytest.mark.parametrize(
    ("value", "tokens", "has_usage"),
    [
        (0, 0, True),
        ("140", 140, True),
        (140.0, 140, True),
        (140.5, 0, False),
        (-5, 0, False),
        (True, 0, False),
        ("many", 0, False),
        (None, 0, False),
        ("9" * 5000, 0, False),
        (10**19, 0, False),
        ([140], 0, False),
    ],
)
def test_odd_token_counts(value: Value, tokens: int, has_usage: bool) -> None:
    step = read({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": value})
    assert (step.input_tokens, step.has_usage) == (tokens, has_usage)


@pytest.mark.parametrize(
    ("value", "finish"),
    [
        (["stop"], "stop"),
        (["end_turn"], "stop"),
        (["STOP"], "stop"),
        (["tool_calls"], "tool_call"),
        (["tool_use"], "tool_call"),
        (["function_call"], "tool_call"),
        (["max_tokens"], "length"),
        (["MAX_TOKENS"], "length"),
        (["content-filter"], "content_filter"),
        (["SAFETY"], "content_filter"),
        (["refusal"], "content_filter"),
        (["error"], "error"),
        (["compaction"], "compaction"),
        (["Odd One"], "Odd One"),
        ('["tool_calls"]', "tool_call"),
        ("stop", "stop"),
        (["", "length"], "length"),
        ([], ""),
        ("[broken", ""),
    ],
)
def test_finish_reasons(value: Value, finish: str) -> None:
    assert read({"gen_ai.response.finish_reasons": value, "gen_ai.operation.name": "chat"}).finish_reason == finish


def test_a_finish_reason_written_as_a_python_enum() -> None:
    step = read({"gen_ai.operation.name": "chat", "gen_ai.response.finish_reason": "FinishReason.TOOL_CALLS"})
    assert step.finish_reason == "tool_call"


def test_time_to_first_chunk_is_seconds_on_the_wire_and_milliseconds_here() -> None:
    # 0.41 s = 410 ms
    step = read({"gen_ai.response.time_to_first_chunk": 0.41, "gen_ai.operation.name": "chat"})
    assert step.first_token_ms == pytest.approx(410)


def test_reported_cost() -> None:
    assert read({"gen_ai.operation.name": "chat", "operation.cost": 0.00034}).reported_cost_usd == Decimal("0.00034")
    assert read({"gen_ai.operation.name": "chat", "gen_ai.usage.cost": "nan"}).reported_cost_usd is None
    assert read({"gen_ai.operation.name": "chat", "gen_ai.usage.cost": -1.0}).reported_cost_usd is None
    assert read({"gen_ai.operation.name": "chat", "gen_ai.usage.cost": 1e300}).reported_cost_usd is None
