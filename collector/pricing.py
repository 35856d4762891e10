"""What a model call costs: the only door to genai-prices, and only to the data in its package, never to the network.

genai-prices counts as OpenTelemetry 1.40 and a Step do: cached and audio tokens are inside the input, reasoning
and audio inside the output, and what has no price of its own costs what the whole costs. The library's own
arithmetic takes 70 us a price and raises on usage that cannot be; here each model's prices become a rate card once,
and a test holds both arithmetics against each other.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version
from typing import NamedTuple

from genai_prices.data import providers as bundled_providers
from genai_prices.data_snapshot import find_provider_by_id
from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

from collector.dialects.values import round_money
from collector.price_files import PriceFile
from collector.steps import EMBEDDING, MODEL_CALL, RERANK, Step

PRICED = "priced"
UNPRICED = "unpriced"
REPORTED = "reported"
NO_USAGE = "no_usage"

_ZERO = Decimal(0)
_LONGEST_MODEL = 200
_MODELS_CACHED = 4096
_LAST_SECOND = 253_402_300_799  # of the year 9999
_NANOS_IN_SECOND = 1_000_000_000
# OpenTelemetry's names of providers where genai-prices would not find its own by them
_PROVIDER_IDS = {
    "gcp.gen_ai": "google",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "x_ai": "x-ai",
}

_STANDARD_TIERS = frozenset({"", "default", "auto", "normal", "standard", "standard_only", "on_demand"})
# what providers call a tier stands under three names in the list
_TIER_KEYS = frozenset({"service_tier", "processing", "speed"})

Rate = Decimal | TieredPrices | None


class Price(NamedTuple):
    """A cost in US dollars to twelve places, how it was come by, and the list that priced it (empty if none did)."""

    cost_usd: Decimal
    status: str
    price_list: str


class RateCard(NamedTuple):
    """Prices of one model: dollars per million tokens, or per thousand requests; None where the list has none."""

    input: Rate
    output: Rate
    cache_read: Rate
    cache_write: Rate
    cache_write_1h: Rate
    audio_input: Rate
    audio_output: Rate
    cache_audio: Rate
    reasoning: Rate
    requests: Rate


_RATES = (
    "input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok", "input_audio_mtok",
    "output_audio_mtok", "cache_audio_read_mtok", "output_reasoning_mtok", "requests_kcount",
)  # fmt: skip
"""The list's names of a card's rates, in their order."""
NO_TIER = " (tier at the standard price)"
"""Follows the list's name where it has no price for the service tier that a call was served at."""

_NOT_A_CALL = Price(_ZERO, "", "")
_NO_USAGE = Price(_ZERO, NO_USAGE, "")
_UNPRICED = Price(_ZERO, UNPRICED, "")


class PriceBook:
    """Prices steps by the deployment's own file, then by the list that the installed genai-prices package holds."""

    def __init__(self, own: PriceFile | None = None) -> None:
        self._own = own
        self.price_list = f"genai-prices {version('genai-prices')}"
        # bounded, for senders choose the names; the library's own caches are not, so they are left alone
        self._find_model = lru_cache(_MODELS_CACHED)(find_model)
        self._cards: dict[tuple[int, ...], RateCard | None] = {}

    def price(self, step: Step, timestamp_ns: int, tenant: str = "") -> Price:
        """The cost of a model call or an embedding at this time (nanoseconds since 1970); never raises.

        A cost of a million dollars or more is not believed: the store could not hold it.
        """
        if not step.has_usage and step.step_type not in (MODEL_CALL, EMBEDDING, RERANK):
            return _NOT_A_CALL
        if step.has_usage:
            if self._own is not None:
                price = self._price_by_file(self._own, step, timestamp_ns, tenant)
                if price is not None:
                    return price
            card, name = self._find_card(step, timestamp_ns)
            cost = None if card is None else round_money(charge(card, step))
            if cost is not None:
                return Price(cost, PRICED, name)
        reported = None if step.reported_cost_usd is None else round_money(step.reported_cost_usd)
        if reported:
            return Price(reported, REPORTED, "")
        return _UNPRICED if step.has_usage else _NO_USAGE

    def _price_by_file(self, own: PriceFile, step: Step, timestamp_ns: int, tenant: str) -> Price | None:
        for model in dict.fromkeys((step.response_model, step.request_model)):
            entry = own.find(tenant, step.provider, model, step.service_tier, timestamp_ns)
            if entry is None:
                continue
            if entry.factor is None:
                cost, name = round_money(charge(RateCard(*entry.rates), step)), own.name
            else:
                card, listed = self._find_card(step, timestamp_ns, with_tier=not entry.service_tier)
                if card is None:
                    return None
                cost, name = round_money(charge(card, step) * entry.factor), f"{own.name}, {listed}"
            return None if cost is None else Price(cost, PRICED, name)
        return None

    def _find_card(self, step: Step, timestamp_ns: int, with_tier: bool = True) -> tuple[RateCard | None, str]:
        """The rates at this time and service tier, and the list's name, which says when it does not know the tier."""
        model = self._find_model(step.provider, step.response_model) if step.response_model else None
        if model is None and step.request_model != step.response_model:
            model = self._find_model(step.provider, step.request_model)
        if model is None:
            return None, ""
        tier = step.service_tier.lower() if step.service_tier and with_tier else ""
        special = tier not in _STANDARD_TIERS
        if isinstance(model.prices, ModelPrice) and not special:
            prices, variants = model.prices, []
        else:
            moment = _moment(timestamp_ns)
            prices = model.get_prices(moment)
            variants = find_variants(model, tier, moment) if special and _sells(step.provider, model) else []
        # the list keeps every ModelPrice for the life of the process, so its identity is a name
        key = (id(prices), *map(id, variants)) if variants else (id(prices),)
        if key not in self._cards:
            self._cards[key] = read_card(prices, variants)
        return self._cards[key], self.price_list if variants or not special else f"{self.price_list}{NO_TIER}"


def find_variants(model: ModelInfo, tier: str, moment: datetime) -> list[ModelPrice]:
    """Prices that the list has for a tier (batch, flex, priority, fast) at this time, the first to stand first.

    The list tells OpenAI's and Google's `service_tier`, batch `processing` and Anthropic's `speed` apart; no two of
    them share a word, so the word alone chooses.
    """
    return [
        variant.prices
        for variant in model.price_variants or ()
        if variant.when.keys() <= _TIER_KEYS
        and all(word == tier for word in variant.when.values())
        and (variant.constraint is None or variant.constraint.active(moment))
    ]


def find_model(provider: str, name: str) -> ModelInfo | None:
    """The model in the list: by provider when the list knows it, else by a `provider/model` name, else by name."""
    if not name or len(name) > _LONGEST_MODEL:
        return None
    known = _find_provider(_PROVIDER_IDS.get(provider, provider))
    if known is not None:
        found = known.find_model(name, all_providers=bundled_providers)
        if found is not None:
            return found
    maker, slash, rest = name.partition("/")
    named = _find_provider(maker) if slash else None
    if named is not None and known in (None, named):
        return named.find_model(rest, all_providers=bundled_providers)
    if known is not None:
        return None
    lower = name.lower()
    guessed = next((p for p in bundled_providers if p.model_match is not None and p.model_match.is_match(lower)), None)
    return None if guessed is None else guessed.find_model(name, all_providers=bundled_providers)


def _sells(provider: str, model: ModelInfo) -> bool:
    """Whether the model is the provider's own in the list: a cloud that resells it has tiers of its own."""
    known = _find_provider(_PROVIDER_IDS.get(provider, provider))
    return known is None or any(model is one for one in known.models)


def _find_provider(name: str) -> Provider | None:
    return find_provider_by_id(bundled_providers, name) if name and len(name) <= _LONGEST_MODEL else None


def read_card(prices: ModelPrice, variants: Sequence[ModelPrice] = ()) -> RateCard | None:
    """The rates that a step's counts can be priced by; None when the model is sold by something else (hours, pages).

    `variants` override the prices rate by rate, the first that has one.
    """

    def find(name: str) -> Rate:
        own: Rate = getattr(prices, name)
        return next((rate for one in variants if (rate := getattr(one, name)) is not None), own)

    card = RateCard(*(find(name) for name in _RATES))
    return None if card.input is None and card.output is None and card.requests is None else card


def charge(card: RateCard, step: Step) -> Decimal:
    """What the step's tokens cost by this card, unrounded; counts below zero are zero."""
    whole = max(step.input_tokens, 0)
    asked, answered, per_million = whole, step.output_tokens, _ZERO
    # parts without a rate of their own stay in the whole, and most calls have no parts at all
    if step.cache_read_tokens or step.cache_write_tokens or step.audio_input_tokens:
        for rate, count in _split_input(card, step):
            asked -= count
            per_million += _cost(rate, count, whole)
    if step.reasoning_tokens or step.audio_output_tokens:
        spoken = _part(card.audio_output, step.audio_output_tokens)
        thought = _part(card.reasoning, step.reasoning_tokens)
        answered -= spoken + thought
        per_million += _cost(card.audio_output, spoken, whole) + _cost(card.reasoning, thought, whole)
    per_million += _cost(card.input, asked, whole) + _cost(card.output, answered, whole)
    dollars = per_million.scaleb(-6)
    return dollars if card.requests is None else dollars + _cost(card.requests, 1, whole).scaleb(-3)


def _split_input(card: RateCard, step: Step) -> tuple[tuple[Rate, int], ...]:
    """The parts of the input that have rates of their own; cached audio is part of both the cached and the audio."""
    written = max(step.cache_write_tokens, 0)
    both = _part(card.cache_audio, min(step.cache_audio_tokens, step.cache_read_tokens, step.audio_input_tokens))
    written_1h = _part(card.cache_write_1h, min(step.cache_write_1h_tokens, written))
    return (
        (card.cache_audio, both),
        (card.cache_read, _part(card.cache_read, step.cache_read_tokens - both)),
        (card.cache_write_1h, written_1h),
        (card.cache_write, _part(card.cache_write, written - written_1h)),
        (card.audio_input, _part(card.audio_input, step.audio_input_tokens - both)),
    )


def _part(rate: Rate, count: int) -> int:
    return 0 if rate is None or count < 0 else count


def _cost(rate: Rate, count: int, whole_input: int) -> Decimal:
    """Rate times count. A tier holds for all tokens once the whole input is above its start."""
    if rate is None or count <= 0:
        return _ZERO
    if isinstance(rate, TieredPrices):
        tier = next((tier for tier in reversed(rate.tiers) if whole_input > tier.start), None)
        rate = rate.base if tier is None else tier.price
    return rate * count


def _moment(timestamp_ns: int) -> datetime:
    return datetime.fromtimestamp(min(max(timestamp_ns // _NANOS_IN_SECOND, 0), _LAST_SECOND), UTC)
