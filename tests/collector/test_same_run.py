"""The same agent run as six dialects write it gives the same run, but for what a dialect cannot express.

The run: an agent is asked for the weather, its model asks for a tool, the tool answers, the model says so.
"""

import json
from typing import Any

import pytest

from collector.assemble import assemble_steps
from collector.normalise import Context, normalise_spans
from collector.pricing import PriceBook
from collector.spans import Attributes, Resource, Scope, Span
from tests.collector.facts import to_frame

PRICES = PriceBook()
START = 1_793_534_400_000_000_000
MODEL = "gpt-4o-mini-2024-07-18"
ARGUMENTS = '{"city":"Paris"}'
RESULT = '{"temp_c":14}'
ASKED = [{"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]}]
ANSWERED = [{"role": "assistant", "parts": [{"type": "text", "content": "14 degrees"}]}]
CALLED = [
    {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Paris"}}],
    }
]
CHAT_ASKED = '[{"role":"user","content":"Weather in Paris?"}]'
CHAT_CALLED = (
    '{"role":"assistant","tool_calls":[{"id":"c1","type":"function",'
    '"function":{"name":"weather","arguments":"{\\"city\\":\\"Paris\\"}"}}]}'
)
CHAT_ANSWERED = '{"role":"assistant","content":"14 degrees"}'
Part = tuple[str, Attributes]


def genai() -> dict[str, Part]:
    def chat(out: object, reason: str, response: str) -> Attributes:
        return {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.response.model": MODEL,
            "gen_ai.response.id": response, "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 25,
            "gen_ai.usage.cache_read.input_tokens": 64, "gen_ai.usage.reasoning.output_tokens": 8,
            "gen_ai.response.finish_reasons": [reason], "gen_ai.conversation.id": "s1",
            "gen_ai.input.messages": json.dumps(ASKED), "gen_ai.output.messages": json.dumps(out),
        }  # fmt: skip

    agent: Attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner",
                         "gen_ai.conversation.id": "s1", "user.id": "u1"}  # fmt: skip
    tool: Attributes = {
        "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather", "gen_ai.tool.call.id": "c1",
        "gen_ai.tool.call.arguments": ARGUMENTS, "gen_ai.tool.call.result": RESULT,
    }  # fmt: skip
    return {"agent": ("invoke_agent planner", agent), "first": ("chat", chat(CALLED, "tool_call", "r1")),
            "tool": ("execute_tool weather", tool), "second": ("chat", chat(ANSWERED, "stop", "r2"))}  # fmt: skip


def pydantic_ai() -> dict[str, Part]:
    parts = genai()
    for name in ("first", "second"):
        chat = parts[name][1]
        chat["gen_ai.usage.details.reasoning_tokens"] = chat.pop("gen_ai.usage.reasoning.output_tokens")
    parts["agent"][1].update({"gen_ai.aggregated_usage.input_tokens": 240, "gen_ai.aggregated_usage.output_tokens": 50})
    return parts


def openinference() -> dict[str, Part]:
    def chat(reply: Attributes, reason: str) -> Attributes:
        return {
            "openinference.span.kind": "LLM", "llm.model_name": MODEL, "llm.provider": "openai", "session.id": "s1",
            "llm.token_count.prompt": 120, "llm.token_count.completion": 25, "llm.finish_reason": reason,
            "llm.token_count.prompt_details.cache_read": 64, "llm.token_count.completion_details.reasoning": 8,
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "Weather in Paris?",
            **{f"llm.output_messages.0.message.{key}": value for key, value in reply.items()},
        }  # fmt: skip

    call = "tool_calls.0.tool_call."
    asks: Attributes = {"role": "assistant", f"{call}id": "c1", f"{call}function.name": "weather",
                        f"{call}function.arguments": ARGUMENTS}  # fmt: skip
    return {
        "agent": ("planner", {"openinference.span.kind": "AGENT", "session.id": "s1", "user.id": "u1"}),
        "first": ("ChatCompletion", chat(asks, "tool_calls")),
        "tool": ("weather", {"openinference.span.kind": "TOOL", "tool.name": "weather", "tool.id": "c1",
                             "input.value": ARGUMENTS, "output.value": RESULT}),
        "second": ("ChatCompletion", chat({"role": "assistant", "content": "14 degrees"}, "stop")),
    }  # fmt: skip


def langfuse() -> dict[str, Part]:
    usage = {"prompt_tokens": 120, "completion_tokens": 25, "total_tokens": 145,
             "prompt_tokens_details": {"cached_tokens": 64},
             "completion_tokens_details": {"reasoning_tokens": 8}}  # fmt: skip
    common: Attributes = {"session.id": "s1", "user.id": "u1"}

    def observe(kind: str, **values: Any) -> Attributes:
        return {**common, "langfuse.observation.type": kind,
                **{f"langfuse.observation.{key}": value for key, value in values.items()}}  # fmt: skip

    def chat(out: str, reason: str) -> Attributes:
        return {**observe("generation", input=CHAT_ASKED, output=out, usage_details=json.dumps(usage)),
                "langfuse.observation.model.name": MODEL,
                "langfuse.observation.metadata.finish_reason": json.dumps(reason)}  # fmt: skip

    tool = {**observe("tool", input=ARGUMENTS, output=RESULT), "langfuse.observation.metadata.tool_call_id": '"c1"'}
    return {"agent": ("planner", observe("agent")), "first": ("decide", chat(CHAT_CALLED, "tool_calls")),
            "tool": ("weather", tool), "second": ("answer", chat(CHAT_ANSWERED, "stop"))}  # fmt: skip


def ai_sdk() -> dict[str, Part]:
    own: Attributes = {"ai.telemetry.functionId": "planner", "ai.telemetry.metadata.sessionId": "s1",
                       "ai.telemetry.metadata.userId": "u1"}  # fmt: skip

    def chat(reply: Attributes, reason: str, response: str) -> Attributes:
        return {
            **own, "ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "openai.chat",
            "ai.response.model": MODEL, "ai.response.id": response, "ai.response.finishReason": reason,
            "ai.usage.inputTokens": 120, "ai.usage.outputTokens": 25,
            "ai.usage.inputTokenDetails.cacheReadTokens": 64, "ai.usage.outputTokenDetails.reasoningTokens": 8,
            "ai.prompt.messages": '[{"role":"user","content":[{"type":"text","text":"Weather in Paris?"}]}]', **reply,
        }  # fmt: skip

    calls = '[{"toolCallId":"c1","toolName":"weather","input":"{\\"city\\":\\"Paris\\"}"}]'
    agent = {**own, "ai.operationId": "ai.generateText", "ai.usage.inputTokens": 240, "ai.usage.outputTokens": 50}
    tool = {**own, "ai.operationId": "ai.toolCall", "ai.toolCall.name": "weather", "ai.toolCall.id": "c1",
            "ai.toolCall.args": ARGUMENTS, "ai.toolCall.result": RESULT}  # fmt: skip
    return {
        "agent": ("ai.generateText", agent),
        "first": ("ai.generateText.doGenerate", chat({"ai.response.toolCalls": calls}, "tool-calls", "r1")),
        "tool": ("ai.toolCall", tool),
        "second": ("ai.generateText.doGenerate", chat({"ai.response.text": "14 degrees"}, "stop", "r2")),
    }


def mlflow() -> dict[str, Part]:
    def chat(message: str, reason: str, response: str) -> Attributes:
        usage = {"completion_tokens_details": {"reasoning_tokens": 8}}
        reply = {"id": response, "choices": [{"finish_reason": reason, "message": json.loads(message)}], "usage": usage}
        counts = {"input_tokens": 120, "output_tokens": 25, "cache_read_input_tokens": 64}
        return {
            "mlflow.spanType": '"CHAT_MODEL"', "mlflow.llm.model": json.dumps(MODEL),
            "mlflow.llm.provider": '"openai"', "mlflow.chat.tokenUsage": json.dumps(counts),
            "mlflow.spanInputs": f'{{"messages":{CHAT_ASKED}}}', "mlflow.spanOutputs": json.dumps(reply),
        }  # fmt: skip

    tool: Attributes = {"mlflow.spanType": '"TOOL"', "mlflow.spanInputs": ARGUMENTS, "mlflow.spanOutputs": RESULT}
    return {"agent": ("planner", {"mlflow.spanType": '"AGENT"'}),
            "first": ("Completions", chat(CHAT_CALLED, "tool_calls", "r1")), "tool": ("weather", tool),
            "second": ("Completions", chat(CHAT_ANSWERED, "stop", "r2"))}  # fmt: skip


DIALECTS: dict[str, tuple[str, dict[str, Part], frozenset[str]]] = {
    "genai": ("opentelemetry.instrumentation.genai.openai", genai(), frozenset()),
    "pydantic-ai": ("pydantic-ai", pydantic_ai(), frozenset()),
    "openinference": ("openinference.instrumentation.openai", openinference(), frozenset({"ResponseId"})),
    "langfuse": ("langfuse-sdk", langfuse(), frozenset({"ResponseId"})),
    "ai-sdk": ("ai", ai_sdk(), frozenset()),
    # sessions and users stay in MLflow's own store, and its tools have no call id
    "mlflow": ("mlflow.tracing.provider", mlflow(), frozenset({"SessionId", "UserId", "ToolCallId"})),
}
"""Scope, spans, and what the dialect cannot express."""
COMPARED = (
    "StepType", "SessionId", "UserId", "Agent", "Provider", "Model", "ResponseId", "FinishReason", "InputTokens",
    "OutputTokens", "CacheReadTokens", "CacheWriteTokens", "ReasoningTokens", "ModelCostUsd", "PriceStatus",
    "ToolName", "ToolCallId", "InputHash", "IsCall", "IsCounted", "IsRetry", "IsFailure", "Depth",
)  # fmt: skip
COUNTS = ("InputTokens", "OutputTokens", "CacheReadTokens", "CacheWriteTokens", "ReasoningTokens", "ModelCostUsd")
SAID = ("InputMessages", "OutputMessages", "ToolArguments", "ToolResult")


def record(dialect: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Facts of the four steps, and what was said in them."""
    scope, parts, _ = DIALECTS[dialect]
    spans = [
        Span("ab" * 16, name, "" if name == "agent" else "agent", "", title, 1, START + order, START + order + 9,
             attributes, 0, "", Resource({}), Scope(scope, "", {}))
        for order, (name, (title, attributes)) in enumerate(parts.items())
    ]  # fmt: skip
    context = Context("default", START // 1000, PRICES, lambda _tenant, text: text)
    batch = normalise_spans(spans, context)
    rows = [dict(zip(batch.columns, row, strict=True)) for row in zip(*batch.columns.values(), strict=True)]
    said = [{name: row[name] and json.loads(row[name]) for name in SAID} for row in rows]
    for row in rows:
        row |= {"RedactionFindings": [], "RedactionFailed": 0, "RedactionBytes": 0, "PolicyVersion": ""}
    steps = assemble_steps(to_frame(rows)).select(COMPARED).to_dicts()
    for step in steps:
        if not step["IsCounted"]:  # some agents' spans repeat the sum, and it does not count
            step |= dict.fromkeys(COUNTS, 0) | {"PriceStatus": ""}
        for column in ("SessionId", "UserId"):  # the run's, whichever of its spans say it
            step[column] = max(other[column] for other in steps)
    return steps, said


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_the_run_is_the_same(dialect: str) -> None:
    expected, expected_said = record("genai")
    found, said = record(dialect)
    unsaid = DIALECTS[dialect][2]
    for step, same in zip(found, expected, strict=True):
        assert {key: step[key] for key in step if key not in unsaid} == {
            key: same[key] for key in same if key not in unsaid
        }
    # finish reasons inside messages are the dialect's own; everything else that was said is the same
    assert [_strip(step) for step in said[1:]] == [_strip(step) for step in expected_said[1:]]


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_what_is_listed_as_missing_really_is(dialect: str) -> None:
    steps, _ = record(dialect)
    for column in DIALECTS[dialect][2]:
        assert {step[column] for step in steps} == {""}


def _strip(said: dict[str, Any]) -> dict[str, Any]:
    messages = {name: said[name] or [] for name in ("InputMessages", "OutputMessages")}
    return said | {
        name: [{key: value for key, value in message.items() if key != "finish_reason"} for message in lot]
        for name, lot in messages.items()
    }
