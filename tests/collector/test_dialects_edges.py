"""Edges of dialects that no capture has, each with the documentation that it comes from."""

import json
from decimal import Decimal

import pytest

from collector.dialects.reader import read_step
from collector.dialects.records import read_record
from collector.normalise import read_environment
from collector.spans import Attributes, Event, LogRecord, Resource, Scope
from collector.steps import Step
from tests.collector.batches import make_context
from tests.collector.otlp_json import make_span

SECOND = 1_000_000_000


def read(scope: str, attributes: Attributes, name: str = "step", events: list[Event] | None = None) -> Step:
    return read_step(make_span(attributes, scope=scope, name=name, events=events))


def read_log(scope: str, attributes: Attributes) -> Step:
    name = str(attributes.get("event.name", ""))
    record = LogRecord("", "", SECOND, name, None, attributes, Resource({}), Scope(scope, "", {}))
    supplement = read_record(record)
    assert supplement is not None
    return supplement.step


@pytest.mark.parametrize(
    ("scope", "attributes", "failed"),
    [
        # https://langfuse.com/docs/observability/features/log-levels
        ("langfuse-sdk", {"langfuse.observation.type": "tool", "langfuse.observation.level": "ERROR"}, True),
        ("langfuse-sdk", {"langfuse.observation.type": "tool", "langfuse.observation.level": "WARNING"}, False),
        # https://strandsagents.com/docs/user-guide/sdk/observability-evaluation/traces/: gen_ai.tool.status
        ("strands.telemetry.tracer", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.status": "error"}, True),
        ("strands.telemetry.tracer", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.status": "success"}, False),
        # https://github.com/traceloop/openllmetry, semantic-conventions-ai: GenAITaskStatus
        ("traceloop.tracer", {"traceloop.span.kind": "tool", "gen_ai.task.status": "failure"}, True),
        ("traceloop.tracer", {"traceloop.span.kind": "tool", "gen_ai.task.status": "success"}, False),
        # https://github.com/openai/codex/blob/main/docs/config.md#otel
        ("codex_exec", {"tool_name": "exec_command", "call_id": "c", "success": "false"}, True),
    ],
)
def test_a_dialects_word_for_failure(scope: str, attributes: Attributes, failed: bool) -> None:
    step = read(scope, attributes)
    assert step.step_type == "tool_call"
    assert (step.has_failed, step.error_type) == ((True, "_OTHER") if failed else (False, ""))


@pytest.mark.parametrize(
    ("decision", "required", "approved", "approver"),
    [
        ("accept", True, True, "user"),
        ("modify", True, True, "user"),
        ("reject", True, False, "user"),
        ("auto_accept", False, True, "config"),
        ("", None, None, ""),
        ("later", None, None, ""),
    ],
)
def test_gemini_tells_who_allowed_a_tool(
    decision: str, required: bool | None, approved: bool | None, approver: str
) -> None:
    """https://github.com/google-gemini/gemini-cli/blob/main/docs/cli/telemetry.md: gemini_cli.tool_call"""
    step = read_log("gemini-cli", {"event.name": "gemini_cli.tool_call", "function_name": "ls", "decision": decision})
    assert (step.approval_required, step.approval_approved, step.approval_approver) == (required, approved, approver)


def test_claude_code_tells_a_cost_in_two_units() -> None:
    """https://code.claude.com/docs/en/monitoring-usage: api_request"""
    event: Attributes = {"event.name": "api_request", "cost_usd_micros": 1250}
    assert read_log("com.anthropic.claude_code.events", event).reported_cost_usd == Decimal("0.00125")
    event["cost_usd"] = 0.5
    assert read_log("com.anthropic.claude_code.events", event).reported_cost_usd == Decimal("0.5")


@pytest.mark.parametrize("said", ["llm_request", "claude_code.llm_request"])
def test_claude_code_with_and_without_its_prefix(said: str) -> None:
    """dialects.md 3.1: `claude_code.llm_request` in some versions."""
    step = read("com.anthropic.claude_code.tracing", {"span.type": said, "input_tokens": 5})
    assert (step.step_type, step.input_tokens) == ("model_call", 5)


def test_audio_of_pydantic_ai() -> None:
    """https://github.com/pydantic/pydantic-ai, pydantic_ai/usage.py: opentelemetry_attributes"""
    step = read("pydantic-ai", {
        "gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 30,
        "gen_ai.usage.details.input_audio_tokens": 60, "gen_ai.usage.details.cache_audio_read_tokens": 20,
        "gen_ai.usage.details.output_audio_tokens": 10,
    })  # fmt: skip
    assert (step.audio_input_tokens, step.cache_audio_tokens, step.audio_output_tokens) == (60, 20, 10)


def test_a_number_is_no_label() -> None:
    """https://pydantic.dev/docs/ai/evals/: scores are numbers, labels are words, assertions are either true or not."""
    step = read("pydantic-evals", {
        "expected_output": "calm",
        "scores": json.dumps({"accuracy": {"value": 0.9}}),
        "labels": json.dumps({"tone": {"value": "calm", "reason": "no shouting"}}),
        "assertions": json.dumps({"short": {"value": True}}),
    }, "case: one")  # fmt: skip
    told = {(score.name, score.value, score.label, score.explanation) for score in step.scores}
    assert told == {("accuracy", 0.9, "", ""), ("tone", None, "calm", "no shouting"), ("short", 1.0, "pass", "")}


@pytest.mark.parametrize(
    "reply",
    [
        {"message": {"role": "assistant", "content": "14 degrees"}, "usage": {"total_tokens": 5}},
        {"combined_chunk_content": "14 degrees", "chunk_count": 3},
    ],
)
def test_logfires_own_form_of_a_reply(reply: dict[str, object]) -> None:
    """https://pydantic.dev/docs/logfire/integrations/llms/openai/: request_data and response_data"""
    step = read("logfire.openai", {
        "gen_ai.operation.name": "chat",
        "request_data": json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "Weather?"}]}),
        "response_data": json.dumps(reply),
    })  # fmt: skip
    assert json.loads(step.input_messages) == [{"role": "user", "parts": [{"type": "text", "content": "Weather?"}]}]
    assert json.loads(step.output_messages)[0]["parts"] == [{"type": "text", "content": "14 degrees"}]
    assert {"request_data", "response_data"} <= step.absorbed


def test_logfire_prefers_the_conventions_messages() -> None:
    said = '[{"role":"user","parts":[{"type":"text","content":"Weather?"}]}]'
    step = read("logfire.openai", {"gen_ai.operation.name": "chat", "gen_ai.input.messages": said,
                                   "request_data": '{"messages": []}'})  # fmt: skip
    assert step.input_messages == said


def test_mlflow_streams_chunk_by_chunk() -> None:
    """https://mlflow.org/docs/latest/genai/tracing/: every chunk of a stream is an event, `mlflow.chunk.item.N`."""
    chunks = [Event(SECOND + ms * 1_000_000, f"mlflow.chunk.item.{n}", {}) for n, ms in ((1, 400), (0, 250))]
    reply = json.dumps({"model": "gpt-4o-mini-2024-07-18", "choices": []})
    step = read("mlflow.tracing.provider", {"mlflow.spanType": '"CHAT_MODEL"', "mlflow.spanOutputs": reply},
                events=chunks)  # fmt: skip
    assert step.first_token_ms == 250
    assert step.response_model == "gpt-4o-mini-2024-07-18"


def test_what_a_gateway_charged() -> None:
    """https://vercel.com/docs/ai-gateway: providerMetadata.gateway.cost, dollars as text"""
    step = read("ai", {
        "ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "gateway", "ai.model.id": "house/llm",
        "ai.response.providerMetadata": json.dumps({"gateway": {"cost": "0.0006669", "generationId": "g"}}),
    })  # fmt: skip
    assert step.reported_cost_usd == Decimal("0.0006669")


@pytest.mark.parametrize(
    ("attributes", "user"),
    [
        ({"metadata": '{"user_id": "u-1"}', "llm.invocation_parameters": '{"user": "u-2"}'}, "u-1"),
        ({"llm.invocation_parameters": '{"model": "gpt-4o", "user": "u-2"}'}, "u-2"),
        ({"llm.invocation_parameters": '{"tools": [{"user": 1}]}'}, ""),
        ({"llm.invocation_parameters": '{"user": '}, ""),
        ({"user.id": "u-0", "llm.invocation_parameters": '{"user": "u-2"}'}, "u-0"),
    ],
)
def test_the_user_of_openinference(attributes: Attributes, user: str) -> None:
    """https://arize-ai.github.io/openinference/spec/semantic_conventions.html: llm.invocation_parameters, metadata"""
    assert read("", {"openinference.span.kind": "LLM", **attributes}).user_id == user


def test_a_decision_model_is_no_model_call() -> None:
    """https://arize-ai.github.io/openinference/spec/decision_spans.html: not priced as usage of a language model."""
    step = read("", {
        "openinference.span.kind": "DECISION", "decision.system": "typesafe",
        "decision.request.model_name": "jev-latest", "decision.response.model_name": "jev-1.13.0",
        "decision.token_count.input": 80, "decision.token_count.output": 2,
    })  # fmt: skip
    assert (step.step_type, step.provider) == ("other", "typesafe")
    assert (step.request_model, step.response_model, step.input_tokens) == ("jev-latest", "jev-1.13.0", 80)


@pytest.mark.parametrize(
    ("resource", "environment"),
    [
        ({"service.name": "codex_exec", "env": "staging"}, "staging"),
        ({"service.name": "codex_exec", "env": "dev", "deployment.environment.name": "production"}, "production"),
        ({"service.name": "shop", "env": "staging"}, ""),
    ],
)
def test_the_environment_of_codex(resource: Attributes, environment: str) -> None:
    """https://github.com/openai/codex/blob/main/docs/config.md#otel: `environment`, sent as the resource's `env`"""
    assert read_environment(Resource(resource), make_context()) == environment


def test_codex_tells_its_own_version() -> None:
    assert read("codex_exec", {"app.version": "0.169.0"}, "run_turn").agent_version == "0.169.0"
