"""Made-up customers: every value lies in a range kept for tests or documentation."""

import random
from dataclasses import dataclass

CARDS = ("4111 1111 1111 1111", "5555 5555 5555 4444", "4242 4242 4242 4242", "4012 8888 8888 1881")
IBANS = ("DE89370400440532013000", "GB82WEST12345698765432", "NL91ABNA0417164300", "FR1420041010050500013M02606")
FIRST = ("mia", "noah", "lina", "omar", "ines", "tomas", "yuki", "sara")
LAST = ("berg", "costa", "okafor", "lind", "moreau", "novak", "tanaka", "weiss")
AREAS = ("212", "312", "415", "617")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who the agent talks about, and the personal data that must never reach a disk."""

    user_id: str
    email: str
    phone: str
    card: str
    iban: str


@dataclass(frozen=True, slots=True)
class Planted:
    """A fake personal value or secret that was put into a run: what it is, and its exact text."""

    kind: str
    value: str


def make_customer(rng: random.Random) -> Customer:
    """One customer; e-mail in example.com, phone in 555-0100 to 555-0199, card and IBAN with right check digits."""
    return Customer(
        user_id=f"user-{rng.randint(1, 40):04d}",
        email=f"{rng.choice(FIRST)}.{rng.choice(LAST)}@example.com",
        phone=f"({rng.choice(AREAS)}) 555-01{rng.randint(0, 99):02d}",
        card=rng.choice(CARDS),
        iban=rng.choice(IBANS),
    )


def make_api_key(rng: random.Random) -> str:
    """A key that looks like a provider's and opens nothing."""
    return f"sk-test-{rng.getrandbits(96):024x}"
