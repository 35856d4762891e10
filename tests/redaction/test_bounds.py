"""No text takes longer than it may, and what was not finished goes whole: crafted texts for every recogniser."""

import json
import math
import random
import time

import pytest

from redaction.findings import MARKER_FAILED
from redaction.policy_file import default_policy, policy_from_mapping
from redaction.presidio import build_recognizers
from redaction.recognizers import KINDS
from redaction.recognizers.stock import OPTIONAL
from redaction.redactor import Redactor
from tests.redaction.conftest import build_redactor

SIZE = 1_000_000
LIMIT = 2.0  # seconds for 1 MB (issue 3)
HURRY = 0.3  # seconds that a text has where only the end of its time matters
CRAFTED: dict[str, tuple[str, ...]] = {
    "EMAIL_ADDRESS": ("a@", "a@a.", "%40a.", "@"),
    "PHONE_NUMBER": ("212-555-0123 ", "(212) 555", "+1", "1-", "("),
    "CREDIT_CARD": ("4111 1111 1111 1111 ", "4", "4-"),
    "US_SSN": ("123-45-6789 ", "123456789 ", "ssn "),
    "US_ITIN": ("912-70-1234 ", "9 "),
    "IBAN_CODE": ("DE89", "DE89 3704 ", "GB82WEST"),
    "CRYPTO": ("1a", "bc1q", "1"),
    "IP_ADDRESS": ("1.2.3.", "1:", "::", "abcd:", "."),
    "MAC_ADDRESS": ("00:", "00-", "0000."),
    "API_KEY": ("sk-", "sk-proj-", "xoxb-a", "SG.abcdef", "sig="),
    "JWT": ("eyJ", "eyJhbGciOiJ.", "."),
    "PRIVATE_KEY": ("-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----A", "-----"),
    "BASE64": ("data:image/png;base64,", "QUJD", "data:a/b;", "QUJD" * 16 + "\n"),
    "CONNECTION_STRING": ("a://b:", "://a:b@", "postgres://", ":"),
    "AUTH_HEADER": ("authorization: bearer ", "cookie: a=b;", "bearer a"),
    "PASSWORD": ('password="', "password=", "password: is "),
    "SECRET": ("api_key: ", "?token=", "secret'"),
    "PERSON": (
        "John Smith ",
        "John ",
        "Dear John ",
        "Best regards,\n",
        "From: John Smith",
        "my name is a ",
        "A. ",
        "O'",
    ),
    "STREET_ADDRESS": ("1 Main ", "12 Main St ", "Via A ", "Straße 1 ", "1 Rue de la ", "address: 1 "),
    "URL": ("http://", "a.com/", "www."),
    "MEDICAL_LICENSE": ("AB1234567 ", "A1"),
    "UK_NHS": ("943 476 5919 ", "943 "),
    "UK_NINO": ("AB123456C ", "AB 12 "),
    "US_BANK_NUMBER": ("12345678901 ", "bank 12345678 "),
    "US_DRIVER_LICENSE": ("A1234567 ", "license A1234567 "),
    "US_PASSPORT": ("passport 123456789 ", "123456789 "),
    "of no kind": ("\\n", "\\u0040", '"', "é", "日", "1\u200b", "A", "{", '["@a",', '{"@a":', '{"password":["'),
}
UNITS = [(entity, unit) for entity, units in CRAFTED.items() if entity in KINDS for unit in units]


@pytest.fixture(scope="module")
def everything() -> Redactor:
    """Every recogniser there is, at the lowest score."""
    rules = {name: {"score": 0.01} for name in (*KINDS, *OPTIONAL)}
    return build_redactor(policy_from_mapping({"entities": rules}, "test"))


@pytest.fixture(scope="module")
def hurried() -> Redactor:
    """The default policy with little time, so that what does not end by itself costs little here."""
    return build_redactor(policy_from_mapping({"time_limit_ms": int(1000 * HURRY)}, "test"))


def test_every_recogniser_has_crafted_texts() -> None:
    assert set(CRAFTED) - {"of no kind"} == set(KINDS) | set(OPTIONAL)


@pytest.mark.parametrize(
    ("entity", "unit"), UNITS, ids=[f"{entity}-{number}" for number, (entity, _) in enumerate(UNITS)]
)
def test_a_megabyte_ends_in_time(redactor: Redactor, hurried: Redactor, entity: str, unit: str) -> None:
    """The first text of each kind has all its time, the others little: they may go as far beyond its end."""
    text = (unit * (SIZE // len(unit) + 1))[:SIZE]
    first = unit == CRAFTED[entity][0]
    one, limit = (redactor, LIMIT) if first else (hurried, LIMIT - default_policy().time_limit + HURRY)
    for crafted in (text, json.dumps([text])) if first else (text,):
        started = time.thread_time()
        result = one.redact(crafted, "t")
        assert time.thread_time() - started < limit
        assert result.failed == (result.text == MARKER_FAILED)


@pytest.mark.parametrize("entity", [*OPTIONAL, "of no kind"])
def test_a_megabyte_ends_in_time_with_every_recogniser(everything: Redactor, entity: str) -> None:
    for unit in CRAFTED[entity]:
        started = time.thread_time()
        everything.redact((unit * (SIZE // len(unit) + 1))[:SIZE], "t")
        assert time.thread_time() - started < LIMIT


def fill(head: str, unit: str, tail: str) -> str:
    """Valid JSON of nearly a megabyte; `#` in the unit becomes a number."""
    size = (SIZE - 10_000) // (len(unit) + 1 + 5 * ("#" in unit))
    return head + ",".join(unit.replace("#", str(number)) for number in range(size)) + tail


DOCUMENTS = {
    "parts": fill('{"content":[', '"41"', "]}"),
    "parts with values": fill('{"content":[', '"a@b.co 4111","1111 1111 1111"', "]}"),
    "parts in parts": '{"content":[' * 500 + fill("", '"a@","b.co"', "]}" * 500),
    "mail addresses as keys": fill("{", '"u#@b.co":1', "}"),
    "one mail address as every key": fill("{", '"u@b.co":1', "}"),
    "numbers": fill("[", "4111111111111111", "]"),
    "numbers under a key": fill('{"phone":[', "2125550123", "]}"),
    "a list under a secret key": fill('{"password":[', '"s#"', "]}"),
    "secret keys": fill("[", '{"password":"s#"}', "]"),
    "messages": fill("[", '{"role":"user","content":"mail u#@b.co"}', "]"),
    "messages with a name": fill("[", '{"role":"user","content":"Hi, my name is Ana Silva#"}', "]"),
    "strings in strings": json.dumps(json.dumps(fill("[", '"a\\u0040b.co"', "]")[: SIZE // 2])),
    "escapes": fill("[", '"\\\\\\"a@b.co"', "]"),
    "brackets": "[" * 900 + fill("", '[["1.2.3.4"]]', "]" * 900),
    "blanks": '{"password"' + " " * (SIZE - 20) + ':"x"}',
    "minus": fill("[", "-1e-5", "]"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_megabyte_of_json_ends_in_time(redactor: Redactor, name: str) -> None:
    started = time.thread_time()
    result = redactor.redact(DOCUMENTS[name], "t")
    assert time.thread_time() - started < LIMIT
    assert len(DOCUMENTS[name]) <= SIZE
    assert result.failed == (result.text == MARKER_FAILED)


@pytest.mark.parametrize("entity", KINDS)
def test_a_small_window_needs_no_clock(entity: str) -> None:
    """Up to 512 characters no timeout is set for an expression (`redaction/presidio.py`)."""
    generator = random.Random(1)
    signs = "".join(dict.fromkeys("".join(CRAFTED[entity]))) + " aA1@.-"
    texts = [(unit * 512)[:512] for unit in CRAFTED[entity]]
    texts += ["".join(generator.choices(signs, k=512)) for _ in range(20)]
    for recognizer in build_recognizers(entity, 0.01):
        for text in texts:
            started = time.thread_time()
            recognizer.find(text, math.inf)
            assert time.thread_time() - started < 0.1, text


def test_what_is_not_finished_goes_whole() -> None:
    slow = policy_from_mapping({"time_limit_ms": 10}, "test")
    result = build_redactor(slow).redact("ana@example.com " + "1.2.3." * 50_000, "t")
    assert result == (MARKER_FAILED, {}, 1)
    assert default_policy().time_limit == 1.0
