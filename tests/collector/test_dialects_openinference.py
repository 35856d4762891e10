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


def test_messages_become_the_canonical_list() -> None:
    step = read(
        "LLM",
        {
            "llm.input_messages.1.message.role": "user",
            "llm.input_messages.1.message.contents.0.message_content.type": "text",
            "llm.input_messages.1.message.contents.0.message_content.text": "What is this?",
            "llm.input_messages.1.message.contents.1.message_content.type": "image",
            "llm.input_messages.1.message.contents.1.message_content.image.image.url": "data:image/png;base64,iVBO",
            "llm.input_messages.1.message.contents.2.message_content.type": "image",
            "llm.input_messages.1.message.contents.2.message_content.image.image.url": "https://x.example/a.png",
            "llm.input_messages.0.message.role": "system",
            "llm.input_messages.0.message.content": "Be brief",
            "llm.input_messages.2.message.role": "assistant",
            "llm.input_messages.2.message.name": "planner",
            "llm.input_messages.2.message.tool_calls.0.tool_call.id": "c1",
            "llm.input_messages.2.message.tool_calls.0.tool_call.function.name": "weather",
            "llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments": '{"city": "Paris"}',
            "llm.input_messages.10.message.role": "user",
            "llm.input_messages.10.message.content": "and now?",
            "llm.input_messages.3.message.role": "tool",
            "llm.input_messages.3.message.tool_call_id": "c1",
            "llm.input_messages.3.message.content": '{"temp_c": 14}',
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "Rain.",
            "llm.output_messages.0.message.contents.0.message_content.type": "text",
            "llm.output_messages.0.message.contents.0.message_content.text": "Rain.",
        },
    )
    assert json.loads(step.input_messages) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief"}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "What is this?"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "iVBO"},
                {"type": "uri", "modality": "image", "uri": "https://x.example/a.png"},
            ],
        },
        {
            "role": "assistant",
            "name": "planner",
            "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Paris"}}],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"temp_c": 14}}]},
        {"role": "user", "parts": [{"type": "text", "content": "and now?"}]},
    ]
    # the agents SDK's instrumentation sends one text in both forms
    assert json.loads(step.output_messages) == text_message("assistant", "Rain.")


def test_everything_that_was_moved_is_absorbed_and_nothing_else() -> None:
    moved: Attributes = {
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "hi",
        "llm.output_messages.0.message.content": "ho",
    }
    left: Attributes = {
        "llm.input_messages.0.message.contents.0.message_content.type": "hologram",
        "llm.input_messages.0.message.contents.0.message_content.hologram": "?",
        "llm.input_messages.x.message.content": "no index",
        "llm.input_messages.0": "no path",
        "input.value": '{"messages": []}',
        "output.value": "{}",
        "llm.model_name": "m",
    }
    assert read("LLM", {**moved, **left}).absorbed == moved.keys()


def test_arguments_that_are_no_json_and_numbers_too_long_for_a_float_survive() -> None:
    prefix = "llm.output_messages.0.message.tool_calls"
    step = read(
        "LLM",
        {
            f"{prefix}.0.tool_call.function.name": "a",
            f"{prefix}.0.tool_call.function.arguments": '{"half": ',
            f"{prefix}.1.tool_call.function.name": "b",
            f"{prefix}.1.tool_call.function.arguments": '{"order": 12345678901234567890123}',
        },
    )
    (message,) = json.loads(step.output_messages)
    assert [part["arguments"] for part in message["parts"]] == ['{"half": ', {"order": 12345678901234567890123}]


def test_completions() -> None:
    step = read("LLM", {"llm.prompts.0.prompt.text": "Once", "llm.choices.0.completion.text": "upon a time"})
    assert json.loads(step.input_messages) == text_message("user", "Once")
    assert json.loads(step.output_messages) == text_message("assistant", "upon a time")
    assert step.absorbed == {"llm.prompts.0.prompt.text", "llm.choices.0.completion.text"}


def test_a_call_without_messages_keeps_its_raw_request_as_text() -> None:
    step = read("LLM", {"input.value": "raw"})
    assert json.loads(step.input_messages) == text_message("user", "raw")


@pytest.mark.parametrize("kind", ["AGENT", "CHAIN", "GUARDRAIL", "EVALUATOR", "DECISION"])
def test_input_and_output_of_other_kinds_are_one_text_each(kind: str) -> None:
    step = read(kind, {"input.value": "in", "output.value": '{"out": 1}', "output.mime_type": "application/json"})
    assert json.loads(step.input_messages) == text_message("user", "in")
    assert json.loads(step.output_messages) == text_message("assistant", '{"out": 1}')
    assert step.absorbed == {"input.value", "output.value"}


def test_a_message_that_says_nothing_does_not_hide_the_input() -> None:
    # captured: the LangChain root names a role and no content
    step = read("AGENT", {"llm.input_messages.0.message.role": "user", "input.value": "hello"})
    assert json.loads(step.input_messages) == text_message("user", "hello")
    assert step.absorbed == {"input.value"}


def test_a_tool_call() -> None:
    step = read(
        "TOOL",
        {
            "tool.name": "issue_refund",
            "tool.id": "toolu_1",
            "tool.parameters": '{"type":"object"}',
            "input.value": '{"order_id": "8812"}',
            "output.value": '{"status": "ok"}',
        },
    )
    assert (step.tool_name, step.tool_call_id) == ("issue_refund", "toolu_1")
    assert (step.tool_arguments, step.tool_result) == ('{"order_id": "8812"}', '{"status": "ok"}')
    assert step.absorbed == {"input.value", "output.value"}
    assert (step.input_messages, step.output_messages) == ("", "")
    assert read("TOOL", name="search").tool_name == "search"


def test_a_retrieval() -> None:
    step = read(
        "RETRIEVER",
        {
            "input.value": "refund window",
            "retrieval.documents.0.document.id": "doc-1",
            "retrieval.documents.0.document.score": 0.93,
            "retrieval.documents.0.document.content": "30 days.",
            "retrieval.documents.0.document.metadata": '{"source": "kb"}',
            "retrieval.documents.1.document.content": "Photo needed.",
        },
    )
    assert json.loads(step.input_messages) == text_message("user", "refund window")
    assert json.loads(step.documents) == [
        {"id": "doc-1", "score": 0.93, "content": "30 days.", "metadata": {"source": "kb"}},
        {"content": "Photo needed."},
    ]
    assert len(step.absorbed) == 6


def test_a_rerank() -> None:
    step = read(
        "RERANKER",
        {
            "reranker.query": "refund",
            "reranker.input_documents.0.document.id": "doc-1",
            "reranker.output_documents.0.document.id": "doc-7",
            "reranker.output_documents.0.document.score": 0.99,
        },
    )
    assert json.loads(step.input_messages) == text_message("user", "refund")
    assert json.loads(step.documents) == [{"id": "doc-7", "score": 0.99}]
    assert "reranker.input_documents.0.document.id" not in step.absorbed


def test_embedded_texts() -> None:
    step = read("EMBEDDING", {"embedding.embeddings.0.embedding.text": "refund policy"})
    assert json.loads(step.input_messages) == text_message("user", "refund policy")


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
