"""Token classes and cost of one call, as each dialect writes it: worked out by hand (issue 5, acceptance 2).

Prices per million tokens as genai-prices has them on 1 November 2026, from the providers' own pages:
gpt-4o-mini 0.15 in, 0.075 cached, 0.60 out (https://openai.com/api/pricing/);
claude-haiku-4-5 1 in, 0.10 read, 1.25 written for 5 minutes, 2 for an hour, 5 out (https://claude.com/pricing#api);
gemini-2.5-flash 0.30 in, 0.03 cached, 1 audio in, 2.50 out (https://ai.google.dev/gemini-api/docs/pricing).
What a dialect counts inside and beside is in docs/dialects.md and its sources.
"""

import json
from decimal import Decimal
from typing import Any

import pytest

from collector.dialects.reader import read_step
from collector.pricing import NO_USAGE, PRICED, REPORTED, UNPRICED, PriceBook
from collector.spans import Attributes
from tests.collector.otlp_json import make_span

BOOK = PriceBook()
NOW = 1_793_534_400_000_000_000  # 2026-11-01T12:00:00Z

GPT = "gpt-4o-mini-2024-07-18"
HAIKU = "claude-haiku-4-5"
FLASH = "gemini-2.5-flash"

# 56 * 0.15 + 64 * 0.075 + 25 * 0.60 = 8.4 + 4.8 + 15 = 28.2 per million
CACHED = ((120, 25, 64, 0, 8), "0.0000282")
NO_REASONING = ((120, 25, 64, 0, 0), "0.0000282")
# the dialect does not tell of the cache: 120 * 0.15 + 25 * 0.60 = 18 + 15 = 33
PLAIN = ((120, 25, 0, 0, 0), "0.000033")
THOUGHT = ((120, 25, 0, 0, 8), "0.000033")
# 24 * 1 + 64 * 0.10 + 32 * 1.25 + 25 * 5 = 24 + 6.4 + 40 + 125 = 195.4
WRITTEN = ((120, 25, 64, 32, 0), "0.0001954")
# 20 of the 32 for an hour: 24 + 6.4 + 12 * 1.25 + 20 * 2 + 125 = 24 + 6.4 + 15 + 40 + 125 = 210.4
HOUR = ((120, 25, 64, 32, 0), "0.0002104")
# 56 * 0.30 + 64 * 0.03 + 25 * 2.50 = 16.8 + 1.92 + 62.5 = 81.22
THINKING = ((120, 25, 64, 0, 8), "0.00008122")
# without the thinking: 120 * 0.30 + 17 * 2.50 = 36 + 42.5 = 78.5
UNTHOUGHT = ((120, 17, 0, 0, 0), "0.0000785")


def genai(model: str, provider: str, **usage: int) -> Attributes:
    names = {key.replace("__", "."): count for key, count in usage.items()}
    return {"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.response.model": model,
            **{f"gen_ai.usage.{name}": count for name, count in names.items()}}  # fmt: skip


OPENAI_USAGE = {
    "prompt_tokens": 120, "completion_tokens": 25, "total_tokens": 145,
    "prompt_tokens_details": {"cached_tokens": 64}, "completion_tokens_details": {"reasoning_tokens": 8},
}  # fmt: skip
ANTHROPIC_USAGE = {
    "input_tokens": 24, "output_tokens": 25, "cache_read_input_tokens": 64, "cache_creation_input_tokens": 32,
}  # fmt: skip
GEMINI_RESPONSE = {
    "content": {"role": "model", "parts": [{"text": "hi"}]},
    "usage_metadata": {"prompt_token_count": 120, "candidates_token_count": 17, "cached_content_token_count": 64,
                       "thoughts_token_count": 8},
}  # fmt: skip
ai_v5 = {"ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "openai.chat", "ai.response.model": GPT}
ai_haiku = {**ai_v5, "ai.model.provider": "anthropic.messages", "ai.response.model": HAIKU}
lf = {"langfuse.observation.type": "generation"}
cc = {"span.type": "llm_request", "model": HAIKU}
ls = {"langsmith.span.kind": "llm", "gen_ai.operation.name": "chat", "gen_ai.response.model": GPT}
ml = {"mlflow.spanType": '"CHAT_MODEL"', "mlflow.llm.model": json.dumps(GPT)}
oi = {"openinference.span.kind": "LLM"}
t1 = {"llm.request.type": "chat", "gen_ai.system": "openai", "gen_ai.response.model": GPT}

# fmt: off
CASES: list[tuple[str, str, Attributes, tuple[tuple[int, ...], str]]] = [
    # OTel GenAI: 1.27 to 1.36 tell of no cache; 1.40 cache_creation; then cache_write
    ("G1 openai", "opentelemetry.instrumentation.openai_v2",
     {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.response.model": GPT,
      "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 25}, PLAIN),
    ("G1 1.27 names", "", {"gen_ai.system": "openai", "gen_ai.request.model": GPT,
                           "gen_ai.usage.prompt_tokens": 120, "gen_ai.usage.completion_tokens": 25}, PLAIN),
    ("G2 openai", "", genai(GPT, "openai", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
                            reasoning__output_tokens=8), CACHED),
    ("G2 anthropic", "", genai(HAIKU, "anthropic", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
                               cache_creation__input_tokens=32), WRITTEN),
    ("G3 openai", "opentelemetry.instrumentation.genai.openai",
     genai(GPT, "openai", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
           reasoning__output_tokens=8), CACHED),
    ("G3 anthropic", "opentelemetry.instrumentation.genai.anthropic",
     genai(HAIKU, "anthropic", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
           cache_write__input_tokens=32), WRITTEN),
    ("G3 gemini", "", genai(FLASH, "gcp.gemini", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
                            reasoning__output_tokens=8), THINKING),
    # 40 * 0.30 + 60 * 1 + 10 * 2.50 = 12 + 60 + 25 = 97
    ("G3 audio", "", genai(FLASH, "gcp.gemini", input_tokens=100, output_tokens=10, audio__input_tokens=60),
     ((100, 10, 0, 0, 0), "0.000097")),
    # 60 of audio, 20 of them cached at 0.10: 40 * 0.30 + 40 * 1 + 20 * 0.10 + 10 * 2.50 = 12 + 40 + 2 + 25 = 79
    ("G3 cached audio", "", genai(FLASH, "gcp.gemini", input_tokens=100, output_tokens=10, audio__input_tokens=60,
                                  cache_read__input_tokens=20, audio__cache_read__input_tokens=20),
     ((100, 10, 20, 0, 0), "0.000079")),
    ("AS", "com.anthropic.sdk.python",
     genai(HAIKU, "anthropic", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
           cache_write__input_tokens=32), WRITTEN),
    ("AS an hour", "com.anthropic.sdk.python",
     {**genai(HAIKU, "anthropic", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
              cache_write__input_tokens=32),
      "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 12,
      "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 20}, HOUR),
    ("AP", "com.anthropic.claude-platform",
     genai(HAIKU, "anthropic", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
           cache_write__input_tokens=32), WRITTEN),
    ("OI openai", "openinference.instrumentation.openai",
     {**oi, "llm.model_name": GPT, "llm.provider": "openai", "llm.token_count.prompt": 120,
      "llm.token_count.completion": 25, "llm.token_count.prompt_details.cache_read": 64,
      "llm.token_count.completion_details.reasoning": 8}, CACHED),
    ("OI anthropic", "openinference.instrumentation.anthropic",
     {**oi, "llm.model_name": HAIKU, "llm.provider": "anthropic", "llm.token_count.prompt": 120,
      "llm.token_count.completion": 25, "llm.token_count.prompt_details.cache_read": 64,
      "llm.token_count.prompt_details.cache_write": 32}, WRITTEN),
    ("OI older cache name", "openinference.instrumentation.openai",
     {**oi, "llm.model_name": GPT, "llm.token_count.prompt": 120, "llm.token_count.completion": 25,
      "llm.token_count.prompt_details.cache_input": 64}, NO_REASONING),
    ("T1", "opentelemetry.instrumentation.openai.v1",
     {**t1, "gen_ai.usage.prompt_tokens": 120, "gen_ai.usage.completion_tokens": 25,
      "gen_ai.usage.cache_read_input_tokens": 64, "llm.usage.reasoning_tokens": 8}, CACHED),
    ("T1 anthropic", "opentelemetry.instrumentation.anthropic",
     {**t1, "gen_ai.system": "anthropic", "gen_ai.response.model": HAIKU, "gen_ai.usage.prompt_tokens": 120,
      "gen_ai.usage.completion_tokens": 25, "gen_ai.usage.cache_read_input_tokens": 64,
      "gen_ai.usage.cache_creation_input_tokens": 32}, WRITTEN),
    ("T2", "opentelemetry.instrumentation.openai.v1",
     genai(GPT, "openai", input_tokens=120, output_tokens=25, cache_read__input_tokens=64, reasoning_tokens=8,
           total_tokens=145), CACHED),
    # version 5 of the AI SDK: only streams tell of cached tokens for OpenAI
    ("V5 generate", "ai", {**ai_v5, "ai.usage.promptTokens": 120, "ai.usage.completionTokens": 25}, PLAIN),
    ("V5 stream", "ai", {**ai_v5, "ai.usage.inputTokens": 120, "ai.usage.outputTokens": 25,
                         "ai.usage.cachedInputTokens": 64, "ai.usage.reasoningTokens": 8}, CACHED),
    # and Anthropic's own counts leave the cache out: 24 + 64 + 32 = 120
    ("V5 anthropic", "ai",
     {**ai_haiku, "ai.usage.promptTokens": 24, "ai.usage.completionTokens": 25,
      "ai.response.providerMetadata": json.dumps({"anthropic": {"usage": ANTHROPIC_USAGE}})}, WRITTEN),
    ("V5 anthropic stream", "ai",
     {**ai_haiku, "ai.usage.inputTokens": 24, "ai.usage.outputTokens": 25, "ai.usage.cachedInputTokens": 64,
      "ai.response.providerMetadata": json.dumps({"anthropic": {"usage": ANTHROPIC_USAGE}})}, WRITTEN),
    ("V5 anthropic an hour", "ai",
     {**ai_haiku, "ai.usage.promptTokens": 24, "ai.usage.completionTokens": 25,
      "ai.response.providerMetadata": json.dumps({"anthropic": {"usage": {
          **ANTHROPIC_USAGE, "cache_creation": {"ephemeral_1h_input_tokens": 20}}}})}, HOUR),
    # version 6 counts the cache inside, also for Anthropic
    ("V6 anthropic", "ai",
     {**ai_haiku, "ai.usage.inputTokens": 120, "ai.usage.outputTokens": 25,
      "ai.usage.inputTokenDetails.cacheReadTokens": 64, "ai.usage.inputTokenDetails.cacheWriteTokens": 32,
      "ai.response.providerMetadata": json.dumps({"anthropic": {"usage": ANTHROPIC_USAGE}})}, WRITTEN),
    ("V6", "ai", {**ai_v5, "ai.usage.inputTokens": 120, "ai.usage.outputTokens": 25,
                  "ai.usage.inputTokenDetails.cacheReadTokens": 64,
                  "ai.usage.outputTokenDetails.reasoningTokens": 8}, CACHED),
    ("V7", "gen_ai", genai(GPT, "openai", input_tokens=120, output_tokens=25, cache_read__input_tokens=64),
     NO_REASONING),
    ("V5 embedding", "ai", {"ai.operationId": "ai.embed.doEmbed", "ai.model.provider": "openai.embedding",
                            "ai.model.id": "text-embedding-3-small", "ai.usage.tokens": 6},
     ((6, 0, 0, 0, 0), "0.00000012")),  # 6 * 0.02 = 0.12
    ("LF drop-in", "langfuse-sdk",
     {**lf, "langfuse.observation.model.name": GPT,
      "langfuse.observation.usage_details": json.dumps(OPENAI_USAGE)}, CACHED),
    ("LF LangChain, disjoint", "langfuse-sdk",
     {**lf, "langfuse.observation.model.name": GPT, "langfuse.observation.usage_details":
      json.dumps({"input": 56, "input_cache_read": 64, "output": 17, "output_reasoning": 8, "total": 145})}, CACHED),
    ("LF Anthropic, disjoint", "langfuse-sdk",
     {**lf, "langfuse.observation.model.name": HAIKU, "langfuse.observation.usage_details":
      json.dumps({"input": 24, "cache_read_input_tokens": 64, "cache_creation_input_tokens": 32, "output": 25,
                  "total": 145})}, WRITTEN),
    ("LF by hand, inclusive", "langfuse-sdk",
     {**lf, "langfuse.observation.model.name": HAIKU, "langfuse.observation.usage_details":
      json.dumps({"input": 120, "cache_read_input_tokens": 64, "cache_creation_input_tokens": 32, "output": 25,
                  "total": 145})}, WRITTEN),
    ("PA", "pydantic-ai", genai(GPT, "openai", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
                                details__reasoning_tokens=8), CACHED),
    ("PA format 1", "pydantic-ai", genai(GPT, "openai", input_tokens=120, output_tokens=25, details__cached_tokens=64,
                                         details__reasoning_tokens=8), CACHED),
    ("LG", "logfire.openai", {**genai(GPT, "openai", input_tokens=120, output_tokens=25),
                              "gen_ai.usage.raw": json.dumps(OPENAI_USAGE)}, CACHED),
    ("ML", "mlflow.tracing.provider",
     {**ml, "mlflow.chat.tokenUsage":
      json.dumps({"input_tokens": 120, "output_tokens": 25, "cache_read_input_tokens": 64})}, NO_REASONING),
    ("ML with the reply", "mlflow.tracing.provider",
     {**ml, "mlflow.chat.tokenUsage": json.dumps({"input_tokens": 120, "output_tokens": 25}),
      "mlflow.spanOutputs": json.dumps({"usage": OPENAI_USAGE})}, CACHED),
    ("MG", "mlflow.tracing.provider", genai(GPT, "openai", input_tokens=120, output_tokens=25), PLAIN),
    ("LS", "langsmith",
     {**ls, "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 25, "langsmith.metadata.usage_metadata":
      json.dumps({"input_token_details": {"cache_read": 64}, "output_token_details": {"reasoning": 8}})}, CACHED),
    ("LS Python text", "langsmith",
     {**ls, "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 25,
      "gen_ai.usage.input_token_details": "{'audio': 0, 'cache_read': 64}",
      "gen_ai.usage.output_token_details": "{'reasoning': 8}"}, CACHED),
    ("MF", "agent_framework", genai(GPT, "openai", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
                                    reasoning__output_tokens=8), CACHED),
    ("SK", "semantic_kernel.utils.telemetry.model_diagnostics.decorators",
     {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": GPT,
      "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 25}, PLAIN),
    # ADK's first schema leaves thinking out of the output (17), and tells of it in Gemini's response
    ("A1", "gcp.vertex.agent",
     {"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": FLASH, "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 17, "gcp.vertex.agent.llm_response": json.dumps(GEMINI_RESPONSE)}, THINKING),
    ("A2", "gcp.vertex.agent",
     genai(FLASH, "gcp.gemini", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
           reasoning__output_tokens=8), THINKING),
    # Strands writes both names with equal values
    ("ST", "strands.telemetry.tracer",
     genai(GPT, "strands-agents", input_tokens=120, prompt_tokens=120, output_tokens=25, completion_tokens=25,
           cache_read__input_tokens=64, cache_read_input_tokens=64), NO_REASONING),
    ("ST anthropic", "strands.telemetry.tracer",
     genai(HAIKU, "strands-agents", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
           cache_creation__input_tokens=32, cache_write_input_tokens=32), WRITTEN),
    # Claude Code leaves the cache out: 24 + 64 + 32
    ("CC", "com.anthropic.claude_code.tracing",
     {**cc, "input_tokens": 24, "output_tokens": 25, "cache_read_tokens": 64, "cache_creation_tokens": 32}, WRITTEN),
    ("CX", "codex_exec",
     {"model": GPT, "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 25,
      "gen_ai.usage.cache_read.input_tokens": 64, "codex.usage.reasoning_output_tokens": 8}, CACHED),
    ("GC", "gemini-cli",
     {"gen_ai.operation.name": "llm_call", "gen_ai.request.model": FLASH, "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 17}, UNTHOUGHT),
    ("LL", "litellm",
     {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.response.model": GPT,
      "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 25,
      "metadata.usage_object": str(OPENAI_USAGE)}, CACHED),
    ("OL", "openlit.instrumentation.openai",
     {**genai(GPT, "openai", input_tokens=120, output_tokens=25, cache_read__input_tokens=64,
              cache_creation__input_tokens=0), "gen_ai.usage.cost": 0}, NO_REASONING),
    ("T2 CrewAI's sum", "opentelemetry.instrumentation.crewai.instrumentation",
     {"gen_ai.operation.name": "invoke_agent", "crewai.crew.id": "c", "crewai.crew.agents": json.dumps([{"llm": GPT}]),
      "crewai.crew.usage_metrics": "{'prompt_tokens': 120, 'cached_prompt_tokens': 64, 'completion_tokens': 25, "
                                   "'reasoning_tokens': 8, 'cache_creation_tokens': 0}"}, CACHED),
    # tiers: above 200,000 tokens of input all pay more. 200001 * 2.50 + 1000 * 15 = 500002.5 + 15000
    ("G3 above 200 k", "", genai("gemini-2.5-pro", "gcp.gemini", input_tokens=200_001, output_tokens=1000),
     ((200_001, 1000, 0, 0, 0), "0.5150025")),
    # Anthropic's tier counts the cached tokens too: 100000 * 6 + 101000 * 0.60 + 1000 * 22.50
    ("AS above 200 k", "com.anthropic.sdk.python",
     genai("claude-sonnet-4-5", "anthropic", input_tokens=201_000, output_tokens=1000,
           cache_read__input_tokens=101_000), ((201_000, 1000, 101_000, 0, 0), "0.6831")),
    ("missing output", "", genai(GPT, "openai", input_tokens=1000), ((1000, 0, 0, 0, 0), "0.00015")),
    ("missing input", "", genai(GPT, "openai", output_tokens=1000), ((0, 1000, 0, 0, 0), "0.0006")),
    ("no tokens at all", "", genai(GPT, "openai", input_tokens=0, output_tokens=0), ((0, 0, 0, 0, 0), "0")),
    ("counts as text", "", {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
                            "gen_ai.response.model": GPT, "gen_ai.usage.input_tokens": "120",
                            "gen_ai.usage.output_tokens": "25"}, PLAIN),
    # the output holds the reasoning: 100 * 1.10 + 500 * 4.40 = 110 + 2200
    ("o4-mini", "", genai("o4-mini", "openai", input_tokens=100, output_tokens=500, reasoning__output_tokens=400),
     ((100, 500, 0, 0, 400), "0.00231")),
    # 56 * 2 + 64 * 0.50 + 25 * 8 = 112 + 32 + 200
    ("gpt-4.1", "", genai("gpt-4.1", "openai", input_tokens=120, output_tokens=25, cache_read__input_tokens=64),
     ((120, 25, 64, 0, 0), "0.000344")),
    # 24 * 5 + 64 * 0.50 + 32 * 6.25 + 25 * 25 = 120 + 32 + 200 + 625
    ("claude-opus-4-5", "", genai("claude-opus-4-5", "anthropic", input_tokens=120, output_tokens=25,
                                  cache_read__input_tokens=64, cache_creation__input_tokens=32), 
     ((120, 25, 64, 32, 0), "0.000977")),
    # Bedrock: amazon.nova-lite 0.06 in, 0.24 out. 1000 * 0.06 + 100 * 0.24 = 60 + 24
    ("Bedrock", "", genai("amazon.nova-lite-v1:0", "aws.bedrock", input_tokens=1000, output_tokens=100),
     ((1000, 100, 0, 0, 0), "0.000084")),
    # Groq: 0.59 in, 0.79 out. 1000 * 0.59 + 100 * 0.79 = 590 + 79
    ("Groq", "", genai("llama-3.3-70b-versatile", "groq", input_tokens=1000, output_tokens=100),
     ((1000, 100, 0, 0, 0), "0.000669")),
    # text-embedding-3-large 0.13: 1000 * 0.13
    ("embedding", "", {"gen_ai.operation.name": "embeddings", "gen_ai.provider.name": "openai",
                       "gen_ai.request.model": "text-embedding-3-large", "gen_ai.usage.input_tokens": 1000},
     ((1000, 0, 0, 0, 0), "0.00013")),
]
# fmt: on
NAMES = {"CX": "handle_responses", "A1": "call_llm", "LL": "litellm_request"}


def test_there_are_sixty() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize(
    ("name", "scope", "attributes", "expected"), CASES, ids=[case[0].replace(" ", "-") for case in CASES]
)
def test_tokens_and_cost(name: str, scope: str, attributes: Attributes, expected: tuple[tuple[int, ...], str]) -> None:
    step = read_step(make_span(attributes, scope=scope, name=NAMES.get(name, "call")))
    tokens: tuple[Any, ...] = (
        step.input_tokens, step.output_tokens, step.cache_read_tokens, step.cache_write_tokens, step.reasoning_tokens,
    )  # fmt: skip
    price = BOOK.price(step, NOW)
    assert (tokens, price.cost_usd, price.status) == (expected[0], Decimal(expected[1]), PRICED)


@pytest.mark.parametrize(
    ("attributes", "status", "dollars"),
    [
        (genai("gpt-9-colossal", "openai", input_tokens=10, output_tokens=1), UNPRICED, "0"),
        ({**genai("gpt-9-colossal", "openai", input_tokens=10), "operation.cost": 0.5}, REPORTED, "0.5"),
        ({**genai("gpt-9-colossal", "openai", input_tokens=10), "gen_ai.usage.cost": 0}, UNPRICED, "0"),
        # the list stands above what was reported: 1000 * 0.15
        ({**genai(GPT, "openai", input_tokens=1000), "operation.cost": 9.0}, PRICED, "0.00015"),
        (genai(GPT, "openai"), NO_USAGE, "0"),
        ({"openinference.span.kind": "LLM", "llm.model_name": "house-llm", "llm.token_count.prompt": 5,
          "llm.cost.prompt": 0.25, "llm.cost.completion": 0.5}, REPORTED, "0.75"),
    ],
)  # fmt: skip
def test_what_the_list_does_not_know(attributes: Attributes, status: str, dollars: str) -> None:
    price = BOOK.price(read_step(make_span(attributes)), NOW)
    assert (price.status, price.cost_usd) == (status, Decimal(dollars))
