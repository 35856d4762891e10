"""The deployment's own prices (docs/costs.md): override, add, dates, tenants, service tiers."""

import tomllib
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from collector.price_files import PriceFile, parse_prices
from collector.pricing import PRICED, UNPRICED, PriceBook
from collector.steps import Step
from schema.errors import ConfigError

FILE = """
[[price]]
model = "house-llm*"
input = 2
output = 4
cache_read = 0.5

[[price]]
provider = "openai"
model = "gpt-4o-mini"
from = 2026-07-01
until = 2026-10-01
input = 0.10
output = 0.40

[[price]]
tenant = "acme"
model = "gpt-4o-mini"
input = 0.05
output = 0.20

[[price]]
provider = "openai"
model = "*"
service_tier = "flex"
factor = 0.5
"""


def read(text: str) -> PriceFile:
    return parse_prices(tomllib.loads(text, parse_float=Decimal), "prices.toml 12345678", "prices.toml")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


BOOK = PriceBook(read(FILE))


def call(model: str, **fields: object) -> Step:
    step = Step(step_type="model_call", provider="openai", response_model=model, has_usage=True)
    step.input_tokens, step.output_tokens = 1000, 100
    for name, value in fields.items():
        setattr(step, name, value)
    return step


@pytest.mark.parametrize(
    ("step", "tenant", "moment", "dollars"),
    [
        # a model that the list does not know: 600 * 2 + 400 * 0.50 + 100 * 4 = 1200 + 200 + 400
        (call("house-llm-2", cache_read_tokens=400), "default", "2026-11-01", "0.0018"),
        # from its first day on, until the day before its last: 1000 * 0.10 + 100 * 0.40
        (call("gpt-4o-mini"), "default", "2026-07-01", "0.00014"),
        (call("gpt-4o-mini"), "default", "2026-09-30", "0.00014"),
        # else the list: 1000 * 0.15 + 100 * 0.60
        (call("gpt-4o-mini"), "default", "2026-06-30", "0.00021"),
        (call("gpt-4o-mini"), "default", "2026-10-01", "0.00021"),
        # a tenant's own price goes first: 1000 * 0.05 + 100 * 0.20
        (call("gpt-4o-mini"), "acme", "2026-08-01", "0.00007"),
        # half the list's price for a service tier: (1000 * 2.50 + 100 * 10) / 2
        (call("gpt-4o", service_tier="flex"), "default", "2026-11-01", "0.00175"),
        (call("gpt-4o", service_tier="default"), "default", "2026-11-01", "0.0035"),
    ],
)
def test_the_own_price_stands(step: Step, tenant: str, moment: str, dollars: str) -> None:
    price = BOOK.price(step, at(moment), tenant)
    assert (price.status, price.cost_usd) == (PRICED, Decimal(dollars))


def test_the_row_says_who_priced_it() -> None:
    now = at("2026-11-01")
    assert BOOK.price(call("house-llm"), now).price_list == "prices.toml 12345678"
    assert BOOK.price(call("gpt-4o"), now).price_list == BOOK.price_list
    half = BOOK.price(call("gpt-4o", service_tier="flex"), now)
    assert half.price_list == f"prices.toml 12345678, {BOOK.price_list}"


def test_a_factor_on_nothing_is_no_price() -> None:
    assert BOOK.price(call("gpt-9", service_tier="flex"), at("2026-11-01")).status == UNPRICED


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[price]]\ninput = 1", "price 1: model: missing"),
        ('[[price]]\nmodel = "x"', "price 1: expected prices or a factor"),
        ('[[price]]\nmodel = "x"\ninput = 1\nfactor = 2', "price 1: expected prices or a factor"),
        ('[[price]]\nmodel = "x"\ninput = -1', "price 1: input: must be from 0"),
        ('[[price]]\nmodel = "x"\ninput = "1"', "price 1: input: expected a number"),
        ('[[price]]\nmodel = "x"\ninptu = 1', "price 1: inptu: no such key"),
        ('[[price]]\nmodel = "x"\ninput = 1\nfrom = "monday"', "price 1: from: expected a date"),
        ('[[price]]\nmodel = "x"\ninput = 1\nfrom = 2026-02-01\nuntil = 2026-01-01', "until: must be after from"),
        ("[prices]\nx = 1", "expected \\[\\[price\\]\\] entries only"),
    ],
)
def test_a_mistake_is_named(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        read(text)
