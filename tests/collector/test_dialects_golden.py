"""Captured and hand-written spans of every dialect, held against the ground truth of expected.json."""

import pytest

from collector.dialects.reader import read_step
from collector.spans import Span
from collector.steps import EMBEDDING, MODEL_CALL, STEP_TYPES, TOOL_CALL, Step
from tests.collector.otlp_json import GOLDEN, load_sample, load_truth

BUILT = (
    "otel-genai",
    "otel-genai-langchain",
    "otel-genai-langgraph-approval",
    "otel-genai-spec-full",
    "otel-genai-anthropic-double",
    "openinference",
    "openinference-langchain",
    "openinference-langgraph-approval",
    "openinference-openai-agents",
    "openinference-spec-full",
    "mcp-python-sdk",
)
ALL = sorted(path.stem for path in GOLDEN.glob("*.json") if path.stem != "expected" and ".logs" not in path.stem)
STATUS_ERROR = 2


def _leaf_calls(spans: list[Span], steps: dict[str, Step]) -> list[Span]:
    """Model calls without a model call with usage below them (dialects.md, section 4)."""
    parents = {span.span_id: span.parent_span_id for span in spans}
    above: set[str] = set()
    for span in spans:
        step = steps[span.span_id]
        if step.step_type == MODEL_CALL and step.has_usage:
            parent = span.parent_span_id
            while parent in parents and parent not in above:
                above.add(parent)
                parent = parents[parent]
    return [span for span in spans if steps[span.span_id].step_type == MODEL_CALL and span.span_id not in above]


@pytest.mark.parametrize("sample", BUILT)
def test_calls_and_tokens_are_the_true_ones(sample: str) -> None:
    spans = load_sample(sample)
    truth = load_truth()[sample]["truth"]
    steps = {span.span_id: read_step(span) for span in spans}
    calls = _leaf_calls(spans, steps)
    counted = [steps[span.span_id] for span in calls]
    embeddings = [step for step in steps.values() if step.step_type == EMBEDDING]

    assert sum(span.status_code != STATUS_ERROR for span in calls) == truth["model_calls_ok"]
    assert sum(span.status_code == STATUS_ERROR for span in calls) == truth["model_calls_failed"]
    assert sum(step.input_tokens for step in counted) == truth["input_tokens_incl_cache"]
    assert sum(step.output_tokens for step in counted) == truth["output_tokens_incl_reasoning"]
    assert sum(step.cache_read_tokens for step in counted) == truth["cache_read_tokens"]
    assert sum(step.cache_write_tokens for step in counted) == truth["cache_write_tokens"]
    assert sum(step.reasoning_tokens for step in counted) == truth["reasoning_tokens"]
    assert len(embeddings) == truth["embedding_calls"]
    assert sum(step.input_tokens for step in embeddings) == truth["embedding_tokens"]


@pytest.mark.parametrize("sample", BUILT)
def test_tool_executions_are_the_true_ones(sample: str) -> None:
    spans = load_sample(sample)
    tools = {span.span_id for span in spans if read_step(span).step_type == TOOL_CALL}
    # a tool call below a tool call is the same one, seen by MCP
    outermost = [span for span in spans if span.span_id in tools and span.parent_span_id not in tools]
    assert len(outermost) == load_truth()[sample]["truth"]["tool_executions"]


def test_the_older_form_has_no_cache_and_no_reasoning_to_read() -> None:
    spans = load_sample("otel-genai-legacy")
    steps = [read_step(span) for span in spans]
    calls = [step for step in steps if step.step_type == MODEL_CALL]
    truth = load_truth()["otel-genai-legacy"]["truth"]
    assert len(calls) == truth["model_calls_ok"] + truth["model_calls_failed"]
    assert sum(step.input_tokens for step in calls) == truth["input_tokens_incl_cache"]
    assert sum(step.output_tokens for step in calls) == truth["output_tokens_incl_reasoning"]
    assert {step.provider for step in calls} == {"openai"}


@pytest.mark.parametrize("sample", ALL)
def test_every_capture_reads_without_an_error(sample: str) -> None:
    for span in load_sample(sample):
        step = read_step(span)
        assert step.step_type in STEP_TYPES
        assert step.absorbed <= span.attributes.keys()
        assert min(step.input_tokens, step.output_tokens, step.cache_read_tokens, step.reasoning_tokens) >= 0


@pytest.mark.parametrize("sample", BUILT)
def test_reading_changes_no_span(sample: str) -> None:
    spans = load_sample(sample)
    for span in spans:
        read_step(span)
    assert spans == load_sample(sample)
