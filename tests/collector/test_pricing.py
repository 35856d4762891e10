"""Prices worked out by hand from the list's prices per million tokens, and held against the library's arithmetic."""

from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version

import pytest
from genai_prices import Usage
from genai_prices.data import providers
from genai_prices.types import ModelPrice
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.pricing import NO_USAGE, PRICED, REPORTED, UNPRICED, PriceBook, charge, find_model, read_card
from collector.steps import STEP_TYPES, Step

BOOK = PriceBook()
LIST = f"genai-prices {version('genai-prices')}"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


NOTHING = Decimal(0)
NOW = at("2026-11-01T12:00:00")


def call(provider: str, model: str, **fields: object) -> Step:
    step = Step(step_type="model_call", provider=provider, response_model=model, has_usage=True)
    for name, value in fields.items():
        setattr(step, name, value)
    return step


# fmt: off
BY_HAND = [
    # gpt-4o-mini: 0.15 in, 0.60 out, 0.075 cached
    # 1000 * 0.15 + 100 * 0.60 = 150 + 60 = 210 per million
    ("openai", "gpt-4o-mini", {"input_tokens": 1000, "output_tokens": 100}, "0.000210"),
    # 64 of the 120 cached: 56 * 0.15 + 64 * 0.075 + 25 * 0.60 = 8.4 + 4.8 + 15 = 28.2; reasoning is in the output
    ("openai", "gpt-4o-mini-2024-07-18",
     {"input_tokens": 120, "cache_read_tokens": 64, "output_tokens": 25, "reasoning_tokens": 8}, "0.0000282"),
    # no price for cache writes at OpenAI: they stay input. 500 * 0.15 = 75
    ("openai", "gpt-4o-mini", {"input_tokens": 500, "cache_write_tokens": 200}, "0.000075"),
    # nor for audio with this model: 100 * 0.15 + 10 * 0.60 = 21
    ("openai", "gpt-4o-mini",
     {"input_tokens": 100, "audio_input_tokens": 60, "output_tokens": 10, "audio_output_tokens": 10}, "0.000021"),
    # gpt-4o: 2.50 in, 10 out. 1,000,000 * 2.5 = 2.50 dollars; 100,000 * 10 = 1 dollar
    ("openai", "gpt-4o", {"input_tokens": 1_000_000, "output_tokens": 100_000}, "3.5"),
    # gpt-5: 1.25 in, 10 out, 0.125 cached. 1000 * 1.25 + 7000 * 0.125 + 300 * 10 = 1250 + 875 + 3000
    ("openai", "gpt-5", {"input_tokens": 8000, "cache_read_tokens": 7000, "output_tokens": 300}, "0.005125"),
    # Azure sells it at OpenAI's price
    ("azure.ai.openai", "gpt-4o-mini", {"input_tokens": 1000, "output_tokens": 100}, "0.000210"),
    # claude-haiku-4-5: 1 in, 5 out, 0.10 cache read, 1.25 cache write (5 min), 2 cache write (1 h)
    # 24 * 1 + 64 * 0.1 + 32 * 1.25 + 25 * 5 = 24 + 6.4 + 40 + 125
    ("anthropic", "claude-haiku-4-5",
     {"input_tokens": 120, "cache_read_tokens": 64, "cache_write_tokens": 32, "output_tokens": 25}, "0.0001954"),
    # 20 of the 32 written for an hour: 24 + 6.4 + 12 * 1.25 + 20 * 2 + 125 = 24 + 6.4 + 15 + 40 + 125
    ("anthropic", "claude-haiku-4-5",
     {"input_tokens": 120, "cache_read_tokens": 64, "cache_write_tokens": 32, "cache_write_1h_tokens": 20,
      "output_tokens": 25}, "0.0002104"),
    # claude-sonnet-4-5: 3 in, 15 out, 0.30 cache read, 3.75 cache write
    # 348 * 3 + 1024 * 0.3 + 128 * 3.75 + 240 * 15 = 1044 + 307.2 + 480 + 3600
    ("anthropic", "claude-sonnet-4-5-20250929",
     {"input_tokens": 1500, "cache_read_tokens": 1024, "cache_write_tokens": 128, "output_tokens": 240}, "0.0054312"),
    # the same through Bedrock in a region, a tenth more: 3.30 in, 16.50 out. 1000 * 3.3 + 100 * 16.5 = 4950
    ("aws.bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0",
     {"input_tokens": 1000, "output_tokens": 100}, "0.00495"),
    # gemini-2.5-pro up to 200,000 tokens: 1.25 in, 10 out. 200000 * 1.25 + 1000 * 10 = 250000 + 10000
    ("gcp.gemini", "gemini-2.5-pro", {"input_tokens": 200_000, "output_tokens": 1000}, "0.26"),
    # one more token, and all pay the higher tier: 2.50 in, 15 out. 200001 * 2.5 + 1000 * 15 = 500002.5 + 15000
    ("gcp.gemini", "gemini-2.5-pro", {"input_tokens": 200_001, "output_tokens": 1000}, "0.5150025"),
    # gemini-2.5-flash: 0.30 in, 1 audio in, 2.50 out. 40 * 0.3 + 60 * 1 + 10 * 2.5 = 12 + 60 + 25
    ("gcp.vertex_ai", "gemini-2.5-flash",
     {"input_tokens": 100, "audio_input_tokens": 60, "output_tokens": 10}, "0.000097"),
    # gpt-4o-realtime-preview: 5 in, 40 audio in, 20 out, 80 audio out
    # 40 * 5 + 60 * 40 + 20 * 20 + 30 * 80 = 200 + 2400 + 400 + 2400
    ("openai", "gpt-4o-realtime-preview",
     {"input_tokens": 100, "audio_input_tokens": 60, "output_tokens": 50, "audio_output_tokens": 30}, "0.0054"),
    # sonar-deep-research: 2 in, 8 out, 3 reasoning. 100 * 2 + 20 * 8 + 30 * 3 = 200 + 160 + 90
    ("perplexity", "sonar-deep-research",
     {"input_tokens": 100, "output_tokens": 50, "reasoning_tokens": 30}, "0.00045"),
    # sonar-pro: 3 in, 15 out, and 14 per thousand requests. 100 * 3 + 10 * 15 = 450 per million, + 0.014
    ("perplexity", "sonar-pro", {"input_tokens": 100, "output_tokens": 10}, "0.01445"),
    # text-embedding-3-small: 0.02. 6 * 0.02 = 0.12 per million
    ("openai", "text-embedding-3-small", {"step_type": "embedding", "input_tokens": 6}, "0.00000012"),
    # grok-4: 3 in, 15 out, 0.75 cached. 600 * 3 + 400 * 0.75 + 100 * 15 = 1800 + 300 + 1500
    ("x_ai", "grok-4", {"input_tokens": 1000, "cache_read_tokens": 400, "output_tokens": 100}, "0.0036"),
    # no provider said: the model's name tells; mistral-large 2 in, 6 out. 1000 * 2 + 100 * 6 = 2600
    ("", "mistral-large-latest", {"input_tokens": 1000, "output_tokens": 100}, "0.0026"),
    # a gateway's spelling
    ("", "openai/gpt-4o-mini", {"input_tokens": 1000, "output_tokens": 100}, "0.000210"),
    ("openai", "openai/gpt-4o-mini", {"input_tokens": 1000, "output_tokens": 100}, "0.000210"),
    # a provider that the list does not know
    ("my-proxy", "gpt-4o", {"input_tokens": 1000}, "0.0025"),
]
# fmt: on


@pytest.mark.parametrize(("provider", "model", "fields", "dollars"), BY_HAND)
def test_prices_by_hand(provider: str, model: str, fields: dict[str, object], dollars: str) -> None:
    price = BOOK.price(call(provider, model, **fields), NOW)
    assert price == (Decimal(dollars), PRICED, LIST)


@pytest.mark.parametrize(
    ("moment", "dollars"),
    [
        # o3 cost 10 in and 40 out before 10 June 2025: 1000 * 10 + 100 * 40; then 2 and 8: 1000 * 2 + 100 * 8
        ("2025-06-09T23:59:59", "0.014"),
        ("2025-06-10T00:00:00", "0.0028"),
    ],
)
def test_a_price_that_changed_on_a_day(moment: str, dollars: str) -> None:
    price = BOOK.price(call("openai", "o3", input_tokens=1000, output_tokens=100), at(moment))
    assert price.cost_usd == Decimal(dollars)


@pytest.mark.parametrize(
    ("moment", "dollars"),
    [
        # deepseek-chat costs 0.27 in from 00:30 to 16:30 UTC and 0.135 else: two prices on one day
        ("2025-07-01T12:00:00", "0.00027"),
        ("2025-07-01T20:00:00", "0.000135"),
    ],
)
def test_a_price_by_the_hour(moment: str, dollars: str) -> None:
    assert BOOK.price(call("deepseek", "deepseek-chat", input_tokens=1000), at(moment)).cost_usd == Decimal(dollars)


def test_the_request_model_prices_what_the_response_model_cannot() -> None:
    # gpt-5-mini: 0.25 in, 2 out. 1000 * 0.25 + 100 * 2 = 450
    step = call("openai", "gpt-5-mini-2031-01-01", request_model="gpt-5-mini", input_tokens=1000, output_tokens=100)
    assert BOOK.price(step, NOW) == (Decimal("0.00045"), PRICED, LIST)
    step.response_model = ""
    assert BOOK.price(step, NOW).cost_usd == Decimal("0.00045")


def test_what_is_no_call_has_no_price() -> None:
    for step_type in STEP_TYPES - {"model_call", "embedding", "rerank"}:
        step = call("openai", "gpt-4o", step_type=step_type, has_usage=False, reported_cost_usd=Decimal(1))
        assert BOOK.price(step, NOW) == (NOTHING, "", "")


def test_a_sum_has_the_price_of_its_tokens() -> None:
    # whether it counts is decided by the tree; 10 tokens at 2.50 USD per million
    step = call("openai", "gpt-4o", step_type="agent", input_tokens=10)
    assert BOOK.price(step, NOW) == (Decimal("0.000025"), PRICED, LIST)


def test_a_call_without_usage() -> None:
    assert BOOK.price(call("openai", "gpt-4o", has_usage=False), NOW) == (NOTHING, NO_USAGE, "")


def test_an_unknown_model_is_unpriced_or_as_reported() -> None:
    unknown = call("openai", "gpt-fail429", input_tokens=100)
    assert BOOK.price(unknown, NOW) == (NOTHING, UNPRICED, "")
    unknown.reported_cost_usd = Decimal(0)
    assert BOOK.price(unknown, NOW) == (NOTHING, UNPRICED, "")
    unknown.reported_cost_usd = Decimal("0.0067")
    assert BOOK.price(unknown, NOW) == (Decimal("0.0067"), REPORTED, "")


def test_the_list_stands_above_what_was_reported() -> None:
    step = call("openai", "gpt-4o", input_tokens=1000, reported_cost_usd=Decimal(9))
    assert BOOK.price(step, NOW).cost_usd == Decimal("0.0025")


def test_a_model_of_another_provider_is_not_guessed() -> None:
    assert BOOK.price(call("openai", "claude-sonnet-4-5", input_tokens=1), NOW).status == UNPRICED


def test_a_model_sold_by_the_hour_is_unpriced_by_tokens() -> None:
    assert BOOK.price(call("groq", "whisper-large-v3", input_tokens=1), NOW).status == UNPRICED


@pytest.mark.parametrize(
    "fields",
    [
        {"input_tokens": -5, "output_tokens": -5},
        {"input_tokens": 5, "cache_read_tokens": 100, "cache_write_tokens": 100},
        {"cache_write_1h_tokens": 100},
        {"output_tokens": 5, "reasoning_tokens": 100, "audio_output_tokens": -3},
        {"input_tokens": 2**63 - 1},
        {"input_tokens": 10**30, "reported_cost_usd": Decimal("NaN")},
        {"reported_cost_usd": Decimal("Infinity"), "has_usage": False},
    ],
)
@pytest.mark.parametrize("moment", [0, -(10**18), 2**63 - 1, 2**200])
def test_odd_values_never_raise(fields: dict[str, object], moment: int) -> None:
    for model in ("claude-haiku-4-5", "deepseek-chat", "nobody's", "", "x" * 10_000, "a/b/c"):
        price = BOOK.price(call("", model, **fields), moment)
        assert 0 <= price.cost_usd < 1_000_000


def test_a_price_that_the_store_cannot_hold_is_not_believed() -> None:
    # 10^12 tokens at 2.50 a million are 2.5 million dollars
    assert BOOK.price(call("openai", "gpt-4o", input_tokens=10**12), NOW) == (NOTHING, UNPRICED, "")


def test_parts_above_the_whole_are_charged_as_parts() -> None:
    # an emitter that leaves the cached tokens out of the input: 64 * 0.1, and no negative rest
    step = call("anthropic", "claude-haiku-4-5", input_tokens=24, cache_read_tokens=64)
    assert BOOK.price(step, NOW).cost_usd == Decimal("0.0000064")


def _all_prices() -> list[ModelPrice]:
    found: list[ModelPrice] = []
    for provider in providers:
        for model in provider.models:
            lots = [model.prices] if isinstance(model.prices, ModelPrice) else [c.prices for c in model.prices]
            found.extend(prices for prices in lots if read_card(prices) is not None)
    return found


ALL_PRICES = _all_prices()


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ALL_PRICES),
    st.integers(0, 300_000),
    st.lists(st.integers(0, 5000), min_size=7, max_size=7),
)
def test_our_arithmetic_is_the_librarys(prices: ModelPrice, text: int, parts: list[int]) -> None:
    read, written, written_1h, heard, spoken, thought, both = parts
    step = Step(
        input_tokens=text + read + written + written_1h + heard + both,
        cache_read_tokens=read + both,
        cache_audio_tokens=both,
        cache_write_tokens=written + written_1h,
        cache_write_1h_tokens=written_1h,
        audio_input_tokens=heard + both,
        output_tokens=text // 3 + spoken + thought,
        audio_output_tokens=spoken,
        reasoning_tokens=thought,
    )
    usage = Usage(
        input_tokens=step.input_tokens,
        cache_read_tokens=read + both,
        cache_write_tokens=step.cache_write_tokens,
        cache_write_1h_tokens=written_1h,
        input_audio_tokens=heard + both,
        cache_audio_read_tokens=both,
        output_tokens=step.output_tokens,
        output_audio_tokens=spoken,
        output_reasoning_tokens=thought,
    )
    card = read_card(prices)
    assert card is not None
    assert charge(card, step) == prices.calc_price(usage)["total_price"]


def test_every_price_of_the_list_is_used_or_knowingly_not() -> None:
    """A new kind of price in a later list must be looked at, not lost."""
    used = {
        "input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok",
        "input_audio_mtok", "output_audio_mtok", "cache_audio_read_mtok", "output_reasoning_mtok", "requests_kcount",
    }  # fmt: skip
    # counts that no span tells: searches, pages, characters, hours, pictures, films, citations
    not_told = {
        "web_searches_kcount", "storage_searches_kcount", "input_document_kpages", "input_annotated_document_kpages",
        "input_mchars", "input_text_messages_kcount", "audio_hours", "input_audio_hours",
        "cache_image_read_mtok", "input_image_mtok", "output_image_mtok", "input_video_mtok", "output_video_mtok",
        "output_citation_mtok",
    }  # fmt: skip
    keys = {key for prices in ALL_PRICES for key, value in prices.__dict__.items() if value is not None}
    assert keys <= used | not_told


def test_the_look_up_is_by_provider_first() -> None:
    found = find_model("azure.ai.openai", "gpt-4o-mini")
    assert found is not None
    assert find_model("", "") is None
    assert find_model("openai", "no such model") is None
