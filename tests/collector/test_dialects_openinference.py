"""OpenInference: the rows of dialects.md 3.1 to 3.31, one small span each."""

import json
from decimal import Decimal

import pytest

from collector.dialects.reader import read_step
from collector.spans import Attributes, Event
from collector.steps import Step
from tests.collector.otlp_json import make_span

KIND = "openinference.span.kind"


def read(kind: str, attributes: Attributes | None = None, **more: object) -> Step:
    return read_step(make_span({KIND: kind, **(attributes or {})}, **more))  # type: ignore[arg-type]


def text_message(role: str, text: str) -> list[dict[str, object]]:
    return [{"role": role, "parts": [{"type": "text", "content": text}]}]


@pytest.mark.parametrize(
    ("kind", "step_type"),
    [
        ("LLM", "model_call"),
        ("llm", "model_call"),
        ("TOOL", "tool_call"),
        ("RETRIEVER", "retrieval"),
        ("AGENT", "agent"),
        ("CHAIN", "workflow"),
        ("PROMPT", "workflow"),
        ("EMBEDDING", "embedding"),
        ("RERANKER", "rerank"),
        ("GUARDRAIL", "validator"),
        ("EVALUATOR", "evaluation"),
        ("DECISION", "other"),
        ("UNKNOWN", "other"),
    ],
)
def test_kind_gives_the_type(kind: str, step_type: str) -> None:
    step = read(kind)
    assert (step.dialect, step.step_type) == ("openinference", step_type)


def test_a_handoff_is_not_a_tool_and_a_tool_may_be_called_like_one() -> None:
    handoff = read("TOOL", {"input.value": "Triage", "output.value": "Weather"}, name="handoff to Weather")
    assert (handoff.step_type, handoff.tool_name) == ("handoff", "")
    assert json.loads(handoff.output_messages) == text_message("assistant", "Weather")
    tool = read("TOOL", {"tool.name": "handoff to sales"}, name="handoff to sales")
    assert (tool.step_type, tool.tool_name) == ("tool_call", "handoff to sales")


def test_provider_and_models() -> None:
    step = read(
        "LLM",
        {
            "llm.provider": "azure",
            "llm.system": "openai",
            "llm.request.model_name": "claude-sonnet-4-5",
            "llm.model_name": "claude-sonnet-4-5-20250929",
        },
    )
    assert step.provider == "azure.ai.openai"
    assert (step.request_model, step.response_model) == ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929")
    assert read("LLM", {"llm.system": "vertexai"}).provider == "gcp.vertex_ai"
    assert read("EMBEDDING", {"embedding.model_name": "text-embedding-3-small"}).response_model == (
        "text-embedding-3-small"
    )
    assert read("RERANKER", {"reranker.model_name": "rerank-v3.5"}).response_model == "rerank-v3.5"


@pytest.mark.parametrize(
    "attributes",
    [
        {"llm.invocation_parameters": '{"model": "gpt-fail429", "temperature": 0}'},
        {"input.value": '{"model": "gpt-fail429", "messages": []}'},
    ],
)
def test_the_model_of_a_failed_call_is_in_its_request(attributes: Attributes) -> None:
    assert read("LLM", attributes).request_model == "gpt-fail429"


def test_a_request_that_cannot_be_read_names_no_model() -> None:
    assert read("LLM", {"llm.invocation_parameters": '{"model": ', "input.value": "{}"}).request_model == ""


def test_tokens() -> None:
    step = read(
        "LLM",
        {
            "llm.token_count.prompt": 1500,
            "llm.token_count.completion": 240,
            "llm.token_count.total": 1740,
            "llm.token_count.prompt_details.cache_read": 1024,
            "llm.token_count.prompt_details.cache_write": 128,
            "llm.token_count.prompt_details.audio": 7,
            "llm.token_count.completion_details.reasoning": 80,
            "llm.token_count.completion_details.audio": 9,
        },
    )
    assert (step.input_tokens, step.output_tokens, step.has_usage) == (1500, 240, True)
    assert (step.cache_read_tokens, step.cache_write_tokens, step.reasoning_tokens) == (1024, 128, 80)
    assert (step.audio_input_tokens, step.audio_output_tokens) == (7, 9)


def test_an_older_name_of_cached_tokens_and_an_embedding_with_a_total_only() -> None:
    assert read("LLM", {"llm.token_count.prompt_details.cache_input": 64}).cache_read_tokens == 64
    assert read("EMBEDDING", {"llm.token_count.total": 6}).input_tokens == 6
    assert read("LLM", {"llm.token_count.total": 6}).input_tokens == 0
    assert read("LLM").has_usage is False


def test_cost() -> None:
    assert read("LLM", {"llm.cost.total": 0.0067, "llm.cost.prompt": 1.0}).reported_cost_usd == Decimal("0.0067")
    # 0.0031 + 0.0036 = 0.0067; details are subsets and are not added
    sides: Attributes = {
        "llm.cost.prompt": 0.0031,
        "llm.cost.completion": 0.0036,
        "llm.cost.prompt_details.cache_read": 0.0003,
    }
    assert read("LLM", sides).reported_cost_usd == Decimal("0.0067")
    assert read("LLM").reported_cost_usd is None


def test_agents() -> None:
    assert read("AGENT", {"agent.name": "a", "graph.node.id": "n"}, name="s").agent_name == "a"
    assert read("AGENT", {"graph.node.id": "n"}, name="s").agent_name == "n"
    assert read("AGENT", {"graph.node.id": "n"}).agent_id == "n"
    assert read("AGENT", name="s").agent_name == "s"
    # a node of a graph is not an agent
    assert read("CHAIN", {"graph.node.id": "n"}, name="s").agent_name == ""


def test_session_user_prompt_and_finish() -> None:
    step = read(
        "LLM",
        {
            "session.id": "sess-9",
            "metadata": '{"user_id": "user-42"}',
            "llm.prompt_template.version": "v7",
            "llm.finish_reason": "tool_use",
        },
    )
    assert (step.session_id, step.user_id, step.prompt_version, step.finish_reason) == (
        "sess-9", "user-42", "v7", "tool_call",
    )  # fmt: skip
    assert read("LLM", {"user.id": "u", "metadata": '{"user_id": "other"}'}).user_id == "u"
    assert read("LLM", {"metadata": '{"user_id": '}).user_id == ""


def test_time_to_the_first_token_is_the_events_distance_from_the_start() -> None:
    # the span starts at 1 s, the event comes at 1.25 s
    event = Event(1_250_000_000, "First Token Stream Event", {})
    assert read("LLM", events=[event]).first_token_ms == 250.0
    assert read("LLM", events=[Event(0, "First Token Stream Event", {})]).first_token_ms is None


def test_scores() -> None:
    step = read(
        "LLM",
        {
            "evaluations.0.evaluation.name": "policy",
            "evaluations.0.evaluation.score": 0.92,
            "evaluations.0.evaluation.label": "pass",
            "evaluations.0.evaluation.explanation": "in time",
            "annotations.0.annotation.name": "thumbs",
            "annotations.0.annotation.score": 1,
            "trace.evaluations.0.evaluation.name": "helpful",
        },
    )
    assert [(score.name, score.value, score.label, score.explanation) for score in step.scores] == [
        ("policy", 0.92, "pass", "in time"),
        ("thumbs", 1.0, "", ""),
        ("helpful", None, "", ""),
    ]
