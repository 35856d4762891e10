"""OTel GenAI and MCP: the rows of dialects.md 3.1 to 3.31, one small span each."""

import json

import pytest

from collector.dialects.reader import read_step
from collector.spans import Attributes, Event, Value
from collector.steps import Step
from tests.collector.otlp_json import make_span


def read(attributes: Attributes, **more: object) -> Step:
    return read_step(make_span(attributes, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operation", "step_type"),
    [
        ("chat", "model_call"),
        ("text_completion", "model_call"),
        ("generate_content", "model_call"),
        ("execute_tool", "tool_call"),
        ("retrieval", "retrieval"),
        ("RETRIEVER", "retrieval"),
        ("invoke_agent", "agent"),
        ("create_agent", "other"),
        ("invoke_workflow", "workflow"),
        ("plan", "workflow"),
        ("agent_step", "workflow"),
        ("embeddings", "embedding"),
        ("rerank", "rerank"),
        ("handoff", "handoff"),
        ("search_memory", "other"),
        ("something_new", "other"),
    ],
)
def test_operation_gives_the_type(operation: str, step_type: str) -> None:
    step = read({"gen_ai.operation.name": operation})
    assert (step.dialect, step.step_type) == ("otel-genai", step_type)


def test_an_openlit_chat_span_that_names_a_tool_is_no_tool_call() -> None:
    step = read(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.tool.name": "get_weather",
            "gen_ai.tool.call.id": "call_1",
            "gen_ai.tool.call.arguments": "{}",
        }
    )
    assert step.step_type == "model_call"
    assert (step.tool_name, step.tool_call_id, step.tool_arguments) == ("", "", "")
    assert step.absorbed == set()


def test_an_agent_span_with_usage_is_no_call() -> None:
    step = read({"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 2100})
    assert (step.step_type, step.input_tokens, step.has_usage) == ("agent", 2100, True)


def test_spans_older_than_the_operation_name() -> None:
    assert read({"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4"}).step_type == "model_call"
    assert read({"gen_ai.tool.name": "search"}).step_type == "tool_call"
    assert read({"gen_ai.system": "openai"}).step_type == "other"


@pytest.mark.parametrize(
    ("attributes", "provider"),
    [
        ({"gen_ai.provider.name": "openai"}, "openai"),
        ({"gen_ai.system": "az.ai.openai"}, "azure.ai.openai"),
        ({"gen_ai.provider.name": "gcp.gemini", "gen_ai.system": "openai"}, "gcp.gemini"),
        ({"gen_ai.system": "vertex_ai"}, "gcp.vertex_ai"),
        ({"gen_ai.system": "Google"}, "gcp.gen_ai"),
        ({"gen_ai.provider.name": "amazon-bedrock"}, "aws.bedrock"),
        ({"gen_ai.provider.name": "xai"}, "x_ai"),
        ({"gen_ai.provider.name": "mistralai"}, "mistral_ai"),
        ({"gen_ai.provider.name": "my-gateway"}, "my-gateway"),
        # a framework's own name is no provider: the model's name tells, or nobody
        ({"gen_ai.provider.name": "strands-agents", "gen_ai.request.model": "claude-sonnet-4-5"}, "anthropic"),
        ({"gen_ai.system": "langchain", "gen_ai.request.model": "in-house-7b"}, ""),
        ({"gen_ai.provider.name": "microsoft.agent_framework"}, ""),
    ],
)
def test_provider(attributes: Attributes, provider: str) -> None:
    assert read({"gen_ai.operation.name": "chat", **attributes}).provider == provider


def test_names_and_ids() -> None:
    step = read(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-5-mini",
            "gen_ai.response.model": "gpt-5-mini-2026-09-01",
            "gen_ai.response.id": "resp_001",
            "gen_ai.conversation.id": "conv_5521",
            "session.id": "not-the-conversation",
            "gen_ai.agent.name": "refunds",
            "gen_ai.agent.id": "a1",
            "gen_ai.agent.version": "2",
            "gen_ai.workflow.name": "refund_flow",
            "gen_ai.prompt.version": 7,
            "gen_ai.agent.call.id": "call-77",
            "enduser.id": "u1",
        }
    )
    assert (step.request_model, step.response_model) == ("gpt-5-mini", "gpt-5-mini-2026-09-01")
    assert (step.response_id, step.session_id) == ("resp_001", "conv_5521")
    assert (step.agent_name, step.agent_id, step.agent_version) == ("refunds", "a1", "2")
    assert (step.workflow_name, step.prompt_version) == ("refund_flow", "7")
    assert (step.run_id, step.user_id) == ("call-77", "u1")


def test_an_adk_invocation_is_a_run_and_a_trace_is_not() -> None:
    assert read({"gen_ai.operation.name": "chat", "gcp.vertex.agent.invocation_id": "e-1"}).run_id == "e-1"
    assert read({"gen_ai.operation.name": "invoke_agent"}).run_id == ""


def test_messages_given_as_text_pass_unread() -> None:
    sent = '[ {"role":"user","parts":[{"type":"text","content":"hi"}]}, not json'
    step = read({"gen_ai.operation.name": "chat", "gen_ai.input.messages": sent})
    assert step.input_messages is sent
    assert step.absorbed == {"gen_ai.input.messages"}


def test_structured_content_becomes_compact_json() -> None:
    step = read(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.call.arguments": {"order_id": "8812", "amount": 42.1, "raw": b"\x00\x01"},
            "gen_ai.tool.call.result": {"status": "ok"},
        }
    )
    # bytes are base64 in OTLP/JSON; as a data URI (RFC 2397) the redactor knows them for what they are
    assert step.tool_arguments == '{"order_id":"8812","amount":42.1,"raw":"data:application/octet-stream;base64,AAE="}'
    assert step.tool_result == '{"status":"ok"}'
    assert step.absorbed == {"gen_ai.tool.call.arguments", "gen_ai.tool.call.result"}


def test_content_nested_too_deep_stays_where_it_is() -> None:
    deep: Value = "end"
    for _ in range(1000):
        deep = [deep]
    step = read({"gen_ai.operation.name": "chat", "gen_ai.input.messages": deep})
    assert step.input_messages == ""
    assert step.absorbed == set()


def test_retrieval_query_and_documents() -> None:
    step = read(
        {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.retrieval.query.text": "refund window",
            "gen_ai.retrieval.documents": [{"id": "doc-1", "score": 0.91}, {"id": "doc-2", "score": None}],
        }
    )
    assert json.loads(step.input_messages) == [
        {"role": "user", "parts": [{"type": "text", "content": "refund window"}]}
    ]
    assert step.documents == '[{"id":"doc-1","score":0.91},{"id":"doc-2","score":null}]'
    assert step.absorbed == {"gen_ai.retrieval.query.text", "gen_ai.retrieval.documents"}


def test_prompts_before_1_28() -> None:
    step = read(
        {
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4",
            "gen_ai.prompt": '[{"role":"system","content":"Be brief"},{"role":"user","content":"Weather?"}]',
            "gen_ai.completion": json.dumps(
                [
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [{"id": "c1", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}],
                    }
                ]
            ),
        }
    )
    assert json.loads(step.input_messages) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief"}]},
        {"role": "user", "parts": [{"type": "text", "content": "Weather?"}]},
    ]
    assert json.loads(step.output_messages) == [
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Paris"}}],
        }
    ]
    assert step.absorbed == {"gen_ai.prompt", "gen_ai.completion"}


def test_a_prompt_that_is_no_message_list_is_one_text() -> None:
    step = read({"gen_ai.request.model": "m", "gen_ai.prompt": "Say hi", "gen_ai.completion": '{"inputs": 1}'})
    assert json.loads(step.input_messages) == [{"role": "user", "parts": [{"type": "text", "content": "Say hi"}]}]
    assert json.loads(step.output_messages) == [
        {"role": "assistant", "parts": [{"type": "text", "content": '{"inputs": 1}'}]}
    ]


def test_an_evaluation_event_is_a_score() -> None:
    event = Event(
        1,
        "gen_ai.evaluation.result",
        {
            "gen_ai.evaluation.name": "relevance",
            "gen_ai.evaluation.score.value": 0.75,
            "gen_ai.evaluation.score.label": "pass",
            "gen_ai.evaluation.explanation": "on topic",
        },
    )
    (score,) = read({}, events=[event]).scores
    assert (score.name, score.value, score.label, score.explanation) == ("relevance", 0.75, "pass", "on topic")


def test_an_mcp_tool_call() -> None:
    step = read(
        {
            "mcp.method.name": "tools/call",
            "mcp.session.id": "transport-1",
            "jsonrpc.request.id": "14",
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "issue_refund",
            "gen_ai.tool.call.arguments": '{"id":1}',
            "error.type": "tool_error",
        }
    )
    assert (step.dialect, step.step_type, step.tool_name) == ("mcp", "tool_call", "issue_refund")
    assert (step.session_id, step.tool_call_id) == ("", "")
    assert (step.tool_arguments, step.error_type) == ('{"id":1}', "tool_error")


def test_an_mcp_tool_call_named_by_its_span_only() -> None:
    assert read({"mcp.method.name": "tools/call"}, name="tools/call get_weather").tool_name == "get_weather"


def test_other_mcp_methods_are_no_step_of_their_own() -> None:
    for method in ("tools/list", "initialize", "server/discover"):
        assert read({"mcp.method.name": method}).step_type == "other"
