"""Prices by service tier, worked out by hand from the providers' pages as genai-prices dates them.

OpenAI (https://developers.openai.com/api/docs/pricing, since 12 October 2026): gpt-5 1.25 in, 0.125 cached, 10 out;
flex 0.625, 0.0625, 5; priority 2.50, 0.25, 20. gpt-4.1 2, 0.50, 8; batch 1 in, 4 out and no cached price of its own.
Anthropic (https://claude.com/pricing#api, batch since 14 October 2026): claude-haiku-4-5 1, 0.10 read, 1.25 written,
5; batch half of each. claude-opus-4-8 fast 10 in, 50 out.
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage
from genai_prices.data import providers

from collector.dialects.reader import read_step
from collector.price_files import parse_prices
from collector.pricing import NO_TIER, PRICED, UNPRICED, PriceBook, charge, find_variants, read_card
from collector.spans import Attributes
from tests.collector.otlp_json import make_span
from tests.collector.test_pricing import BOOK, LIST, NOW, at, call

TOKENS = {"input_tokens": 120, "cache_read_tokens": 64, "output_tokens": 25}

# fmt: off
BY_HAND = [
    # 56 * 1.25 + 64 * 0.125 + 25 * 10 = 70 + 8 + 250 = 328
    ("openai", "gpt-5", "default", TOKENS, "0.000328"),
    ("openai", "gpt-5", "auto", TOKENS, "0.000328"),
    # half: 35 + 4 + 125 = 164
    ("openai", "gpt-5", "flex", TOKENS, "0.000164"),
    # double: 140 + 16 + 500 = 656
    ("openai", "gpt-5", "priority", TOKENS, "0.000656"),
    ("openai", "gpt-5", "Priority", TOKENS, "0.000656"),
    # cached input keeps its standard price: 56 * 1 + 64 * 0.50 + 25 * 4 = 56 + 32 + 100 = 188
    ("openai", "gpt-4.1", "batch", TOKENS, "0.000188"),
    # 24 * 0.5 + 64 * 0.05 + 32 * 0.625 + 25 * 2.5 = 12 + 3.2 + 20 + 62.5 = 97.7
    ("anthropic", "claude-haiku-4-5", "batch", {**TOKENS, "cache_write_tokens": 32}, "0.0000977"),
    # the hour's writes at 1: 12 + 3.2 + 12 * 0.625 + 20 * 1 + 62.5 = 12 + 3.2 + 7.5 + 20 + 62.5 = 105.2
    ("anthropic", "claude-haiku-4-5", "batch",
     {**TOKENS, "cache_write_tokens": 32, "cache_write_1h_tokens": 20}, "0.0001052"),
    # fast: 100 * 10 + 10 * 50 = 1500
    ("anthropic", "claude-opus-4-8", "fast", {"input_tokens": 100, "output_tokens": 10}, "0.0015"),
    # gemini-2.5-pro in a batch, above 200,000 tokens of input: 1.25 in, 7.50 out. 200001 * 1.25 + 1000 * 7.5
    ("gcp.gemini", "gemini-2.5-pro", "batch", {"input_tokens": 200_001, "output_tokens": 1000}, "0.25750125"),
]
NOT_KNOWN = [
    # Anthropic's priority tier is sold by contract: 56 * 1 + 64 * 0.10 + 25 * 5 = 56 + 6.4 + 125 = 187.4
    ("anthropic", "claude-haiku-4-5", "priority", NOW, "0.0001874"),
    # Azure has tiers of its own, which the list does not have: OpenAI's standard price
    ("azure.ai.openai", "gpt-5", "priority", NOW, "0.000328"),
    # the list's tiers begin on 12 October 2026
    ("openai", "gpt-5", "flex", at("2026-10-11T23:59:59"), "0.000328"),
    # nobody's tier
    ("openai", "gpt-5", "moonlight", NOW, "0.000328"),
]
# fmt: on


@pytest.mark.parametrize(("provider", "model", "tier", "tokens", "dollars"), BY_HAND)
def test_a_tier_has_its_price(provider: str, model: str, tier: str, tokens: dict[str, int], dollars: str) -> None:
    price = BOOK.price(call(provider, model, service_tier=tier, **tokens), NOW)
    assert price == (Decimal(dollars), PRICED, LIST)


@pytest.mark.parametrize(("provider", "model", "tier", "moment", "dollars"), NOT_KNOWN)
def test_a_tier_that_the_list_does_not_know_is_marked(
    provider: str, model: str, tier: str, moment: int, dollars: str
) -> None:
    price = BOOK.price(call(provider, model, service_tier=tier, **TOKENS), moment)
    assert price == (Decimal(dollars), PRICED, LIST + NO_TIER)


def test_an_unknown_model_stays_unpriced_at_any_tier() -> None:
    assert BOOK.price(call("openai", "gpt-9-colossal", service_tier="flex", **TOKENS), NOW).status == UNPRICED


def test_an_own_factor_for_a_tier_is_on_the_standard_price() -> None:
    entries = [{"model": "gpt-5", "service_tier": "flex", "factor": Decimal("0.4")}, {"model": "o3", "factor": 2}]
    book = PriceBook(parse_prices({"price": entries}, "prices.toml 1", "test"))
    # 0.4 of 328, not of flex's 164
    assert book.price(call("openai", "gpt-5", service_tier="flex", **TOKENS), NOW).cost_usd == Decimal("0.0001312")
    # o3 flex: 56 * 1 + 64 * 0.25 + 25 * 4 = 172; an entry for any tier doubles it
    assert book.price(call("openai", "o3", service_tier="flex", **TOKENS), NOW).cost_usd == Decimal("0.000344")


def test_every_variant_is_priced_as_the_library_prices_it() -> None:
    moment = datetime.fromtimestamp(NOW // 10**9, UTC)
    usage = Usage(input_tokens=1200, cache_read_tokens=640, output_tokens=250)
    seen = 0
    for provider in providers:
        for model in provider.models:
            for key, word in sorted({item for v in model.price_variants or () for item in v.when.items()}):
                if key not in ("service_tier", "processing", "speed") or word == "default":
                    continue
                from_library = model.get_prices(moment, {key: word}).calc_price(usage)["total_price"]
                step = call(provider.id, model.id, input_tokens=1200, cache_read_tokens=640, output_tokens=250)
                card = read_card(model.get_prices(moment), find_variants(model, word, moment))
                if card is None:  # sold by the hour or the page
                    continue
                assert charge(card, step) == from_library, (provider.id, model.id, word)
                seen += 1
    assert seen > 50


@pytest.mark.parametrize(
    ("scope", "attributes", "tier"),
    [
        # https://github.com/open-telemetry/semantic-conventions-genai: openai.response.service_tier
        ("", {"gen_ai.operation.name": "chat", "openai.response.service_tier": "flex"}, "flex"),
        # its name up to 1.36
        ("", {"gen_ai.operation.name": "chat", "gen_ai.openai.response.service_tier": "scale"}, "scale"),
        ("com.anthropic.sdk.python", {"gen_ai.operation.name": "chat", "anthropic.response.service_tier": "batch"},
         "batch"),
        # https://code.claude.com/docs/en/fast-mode: `speed` of a request
        ("com.anthropic.claude_code.tracing", {"span.type": "llm_request", "speed": "fast"}, "fast"),
    ],
)  # fmt: skip
def test_where_the_tier_stands(scope: str, attributes: Attributes, tier: str) -> None:
    assert read_step(make_span(attributes, scope=scope)).service_tier == tier
