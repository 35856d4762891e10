"""OpenInference: what was said, as messages, documents, arguments and results (dialects.md 3.13 to 3.17)."""

import json

import pytest

from collector.dialects.reader import read_step
from collector.spans import Attributes
from collector.steps import Step
from tests.collector.otlp_json import make_span

KIND = "openinference.span.kind"


def read(kind: str, attributes: Attributes | None = None, **more: object) -> Step:
    return read_step(make_span({KIND: kind, **(attributes or {})}, **more))  # type: ignore[arg-type]


def text_message(role: str, text: str) -> list[dict[str, object]]:
    return [{"role": role, "parts": [{"type": "text", "content": text}]}]


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
