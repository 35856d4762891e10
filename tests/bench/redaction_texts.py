"""Texts for the speed benchmark: made here, with a fixed seed, of words that a person or an agent would write."""

import json
import random
import re
from collections.abc import Callable

from faker import Faker

_TEXT = (
    "the committee met to consider proposal and after long discussion it was agreed that work should begin in "
    "spring nobody had expected old bridge would need repair so soon but report clear pillars were worn river "
    "moved town spent nearly half of its budget on this road people along bank still remember how water came up "
    "over fields when they were young model answers question because tool returned no result agent retries with "
    "other arguments then summary is written for user who asked about order status delivery time refund policy "
    "warranty terms shipping cost return label inventory level search index latency value parameter function "
    "module table column query cache "
)
WORDS = _TEXT.split()
SIZE = 4096
_BETWEEN_WORDS = re.compile(r"[a-z] [a-z]")


def make_prose(generator: random.Random) -> str:
    """A page of sentences, with numbers, years, weekdays and a product's name now and then."""
    sentences: list[str] = []
    while sum(map(len, sentences)) < SIZE:
        words = generator.choices(WORDS, k=generator.randint(6, 18))
        words[0] = words[0].capitalize()
        if generator.random() < 0.3:
            words.insert(
                3, generator.choice(["in 1987", "42 percent", "on Tuesday", "for 3.5 hours", "Kubernetes", "New York"])
            )
        sentences.append(" ".join(words) + generator.choice(".....?!"))
    return " ".join(sentences)


def make_tool_json(generator: random.Random) -> str:
    """A search result of orders: ids, hashes, dates, prices, flags and short texts."""
    orders: list[dict[str, object]] = []
    while sum(map(len, map(str, orders))) < SIZE:
        orders.append(
            {
                "id": f"ORD-{generator.randrange(10**8):08d}",
                "trace": f"{generator.getrandbits(128):032x}",
                "created_at": f"2026-{generator.randint(1, 12):02d}-{generator.randint(1, 28):02d}T08:00:00Z",
                "total": round(generator.uniform(1, 900), 2),
                "items": [{"sku": f"SKU{generator.randrange(9999)}", "qty": generator.randint(1, 5)} for _ in range(2)],
                "status": generator.choice(["delivered", "pending", "returned"]),
                "note": " ".join(generator.choices(WORDS, k=12)),
                "score": generator.random(),
            }
        )
    return json.dumps(orders)


def make_history(generator: random.Random, turns: int) -> list[dict[str, str]]:
    """A conversation as messages."""
    return [
        {
            "role": ("user", "assistant")[turn % 2],
            "content": " ".join(generator.choices(WORDS, k=80)).capitalize() + ".",
        }
        for turn in range(turns)
    ]


def make_values(seed: int) -> list[Callable[[], str]]:
    """What a finding may be, each with words around it that a person would write."""
    fake = Faker("en_US")
    fake.seed_instance(seed)
    return [
        lambda: f"my mail is {fake.email()}",
        lambda: f"call me at {fake.numerify('+1 212-555-01##')}",
        lambda: f"card {fake.credit_card_number('visa')}",
        lambda: f"customer {fake.first_name()} {fake.last_name()} asked",
        lambda: f"it came from {fake.ipv4_public()}",
        lambda: f"ship to {fake.street_address()}",
        lambda: f"IBAN {fake.iban()}",
        lambda: "key sk-" + "proj-" + fake.password(24, special_chars=False),
    ]


def plant(texts: list[str], seed: int, every: int) -> list[str]:
    """The texts with one value in every `every` characters, put between two words."""
    generator, values = random.Random(seed), make_values(seed)
    planted = []
    for text in texts:
        pieces: list[str] = []
        at = 0
        for stop in range(every // 2, len(text), every):
            between = _BETWEEN_WORDS.search(text, max(stop, at))
            if between:
                space = between.start() + 1
                pieces += (text[at:space], " ", generator.choice(values)(), " ")
                at = space + 1
        planted.append("".join(pieces) + text[at:])
    return planted
