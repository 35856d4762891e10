"""A labelled corpus: agent-shaped texts (chats, tool JSON, e-mails, logs, code, SQL) with values planted by Faker.

Names of the gazetteer's locales and of locales that it does not hold are told apart: see scripts/build_gazetteer.py.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faker import Faker

from scripts.build_gazetteer import HELD_OUT

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "nl_NL", "sv_SE", "pl_PL")
STREETS = ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "nl_NL")
UNLISTED = "PERSON, in no list"


@dataclass(frozen=True, slots=True)
class Sample:
    """A text and what was planted: (entity, the value as it stands in the text)."""

    text: str
    planted: tuple[tuple[str, str], ...]


class Maker:
    """Makes values and texts from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._fakes = {locale: Faker(locale) for locale in {*LOCALES, *STREETS, *HELD_OUT}}
        for number, locale in enumerate(sorted(self._fakes)):
            self._fakes[locale].seed_instance(seed * 100 + number)

    def fake(self, locales: tuple[str, ...] = LOCALES) -> Any:
        """A Faker of one of the locales."""
        return self._fakes[self.random.choice(locales)]

    def name(self, locales: tuple[str, ...] = LOCALES) -> str:
        """First and last name."""
        fake = self.fake(locales)
        return f"{fake.first_name()} {fake.last_name()}"

    def phone(self) -> str:
        """Valid numbers as people write them, in the US, Britain, Germany and France."""

        def digit(count: int) -> str:
            return "".join(self.random.choices("0123456789", k=count))

        area = self.random.choice(["212", "415", "617", "303", "512", "206"])
        forms = (
            f"({area}) 555-01{digit(2)}", f"{area}-555-01{digit(2)}", f"+1 {area} 555 01{digit(2)}",
            f"{area}.555.01{digit(2)}",
            f"+1{area}55501{digit(2)}", f"+44 20 7946 0{digit(3)}", f"020 7946 0{digit(3)}", f"+49 30 90{digit(6)}",
            f"+33 1 42 68 {digit(2)} {digit(2)}", f"1-{area}-555-01{digit(2)}",
        )  # fmt: skip
        return self.random.choice(forms)

    def api_key(self) -> str:
        """Keys with their maker's prefix; all made up."""

        def word(count: int) -> str:
            return "".join(self.random.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789", k=count))

        forms = (
            "sk-proj-" + word(40), "sk-ant-api03-" + word(60), "AKIA" + word(16).upper(), "ghp_" + word(36),
            "glpat-" + word(20),
            "xoxb-" + "1234567890-" + word(24), "sk_live_" + word(24), "SG." + word(22) + "." + word(43),
            "npm_" + word(36),
            "AIza" + word(35), "hf_" + word(34), "pypi-AgEIcHlwaS5vcmc" + word(40),
        )  # fmt: skip
        return self.random.choice(forms)

    def jwt(self) -> str:
        """Header, payload and signature, as RFC 7519 says."""

        def word(count: int) -> str:
            return "".join(self.random.choices("abcdefghijklmnopqrstuvwxyzABCDEF0123456789_-", k=count))

        return f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{word(40)}.{word(43)}"

    def value(self, entity: str) -> str:
        """One value of an entity."""
        makers: dict[str, Callable[[], str]] = {
            "EMAIL_ADDRESS": lambda: self.fake().email(),
            "CREDIT_CARD": lambda: self._fakes["en_US"].credit_card_number(
                self.random.choice(["visa16", "mastercard", "amex", "discover"])
            ),
            "IBAN_CODE": lambda: self.fake(("de_DE", "fr_FR", "en_GB", "it_IT", "nl_NL")).iban(),
            "US_SSN": lambda: self._fakes["en_US"].ssn(),
            "IP_ADDRESS": lambda: self.random.choice([self._fakes["en_US"].ipv4_public, self._fakes["en_US"].ipv6])(),
            "API_KEY": self.api_key,
            "JWT": self.jwt,
            "PHONE_NUMBER": self.phone,
            "PERSON": self.name,
            UNLISTED: lambda: self.name(HELD_OUT),
            "STREET_ADDRESS": lambda: self.fake(STREETS).street_address().replace("\n", ", "),
        }
        return makers[entity]()


_ANYWHERE = ("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "API_KEY", "JWT", "PHONE_NUMBER")
_LABELS = {
    "EMAIL_ADDRESS": ("email", "contact", "reply_to"), "CREDIT_CARD": ("card", "card_number", "pan"),
    "IBAN_CODE": ("iban", "account"),
    "US_SSN": ("ssn", "tax_id"), "IP_ADDRESS": ("ip", "client_ip", "remote"), "API_KEY": ("value", "arg", "env"),
    "JWT": ("value", "arg"), "PHONE_NUMBER": ("phone", "mobile", "caller"),
    "PERSON": ("customer_name", "full_name", "recipient_name"),
    UNLISTED: ("customer_name", "full_name", "recipient_name"),
    "STREET_ADDRESS": ("street", "shipping_address", "address"),
}  # fmt: skip
_SENTENCES = (
    "Please use {} for this order.", "It should be {} now, can you check?", "I gave you {} last week.",
    "The form says {} but that is old.", "We tried {} and it failed.",
)  # fmt: skip
_NAME_SENTENCES = (
    "Hi, my name is {} and my order has not arrived.", "Dear {},\n\nyour refund was issued.",
    "Hello {}, how can I help?",
    "Thanks for the quick help!\n\nBest regards,\n{}", "Customer: {}\nIssue: late delivery",
    "Mr. {} called twice about it.",
    "From: {} <someone@>\nSubject: refund", "This is {} speaking.",
)  # fmt: skip
_STREET_SENTENCES = (
    "Please ship it to {} instead.", "I live at {} and nobody came.", "Address: {}\nDeliver after six.",
    "The parcel went to {}.",
)  # fmt: skip


def _sentence(maker: Maker, entity: str) -> str:
    forms = {"PERSON": _NAME_SENTENCES, UNLISTED: _NAME_SENTENCES, "STREET_ADDRESS": _STREET_SENTENCES}
    return maker.random.choice(forms.get(entity, _SENTENCES))


def make_sample(maker: Maker, entity: str) -> Sample:
    """A text of one shape with one value of the entity in it, and an e-mail address where the shape needs one."""
    shapes = [_chat, _tool_json, _mail]
    if entity in _ANYWHERE:
        shapes += [_log, _code, _sql]
    value = maker.value(entity)
    return maker.random.choice(shapes)(maker, entity, value)


def _planted(entity: str, value: str, text: str, extra: str = "") -> Sample:
    entries = [(entity, value)] + ([("EMAIL_ADDRESS", extra)] if extra else [])
    return Sample(text, tuple(entries))


def _fill(maker: Maker, entity: str, value: str) -> tuple[str, str]:
    text = _sentence(maker, entity).replace("{}", value)
    if "<someone@>" not in text:
        return text, ""
    address = maker.value("EMAIL_ADDRESS")
    return text.replace("someone@", address), address


def _chat(maker: Maker, entity: str, value: str) -> Sample:
    text, extra = _fill(maker, entity, value)
    messages = [
        {"role": "system", "content": "You are a support agent. Order ids look like ORD-12345. Be brief."},
        {"role": "user", "content": text},
        {"role": "assistant", "content": "I am looking that up with the tool get_order, one moment."},
    ]
    return _planted(entity, value, json.dumps(messages, ensure_ascii=False), extra)


def _tool_json(maker: Maker, entity: str, value: str) -> Sample:
    document = {
        "id": f"{maker.random.getrandbits(64):016x}", "created_at": "2026-03-01T12:00:00Z", "amount": 58.25,
        "order": {"number": "ORD-48213", maker.random.choice(_LABELS[entity]): value, "status": "delivered"},
        "model": "gpt-4o-mini-2024-07-18", "name": "get_order",
    }  # fmt: skip
    return _planted(entity, value, json.dumps(document, ensure_ascii=maker.random.random() < 0.5))


def _mail(maker: Maker, entity: str, value: str) -> Sample:
    text, extra = _fill(maker, entity, value)
    return _planted(entity, value, f"Subject: order ORD-48213\n\n{text}\n", extra)


def _log(maker: Maker, entity: str, value: str) -> Sample:
    label = maker.random.choice(_LABELS[entity])
    return _planted(entity, value, f"2026-03-01 12:00:00.123 INFO worker-3 lookup {label}={value} status=200 took=12ms")


def _code(maker: Maker, entity: str, value: str) -> Sample:
    label = maker.random.choice(_LABELS[entity])
    return _planted(
        entity, value, f'def main() -> None:\n    {label} = "{value}"\n    print(lookup({label}, retries=3))\n'
    )


def _sql(maker: Maker, entity: str, value: str) -> Sample:
    label = maker.random.choice(_LABELS[entity])
    return _planted(
        entity, value, f"SELECT id, total FROM orders WHERE {label} = '{value}' AND status <> 'void' LIMIT 50;"
    )


ENTITIES = (*_ANYWHERE, "PERSON", UNLISTED, "STREET_ADDRESS")


def make_corpus(seed: int, per_entity: int) -> list[Sample]:
    """`per_entity` texts for each entity."""
    maker = Maker(seed)
    return [make_sample(maker, entity) for entity in ENTITIES for _ in range(per_entity)]
