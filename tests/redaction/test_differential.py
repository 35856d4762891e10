"""Prefilter and windows lose nothing: beside them stands plain Presidio (AnalyzerEngine) with the same recognisers and
thresholds, over the whole text. Kinds of difference that are meant are listed in docs/redaction.md.
"""

import json
import random
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from redaction.findings import Finding
from redaction.fold import blank_neighbours, fold_text
from redaction.presidio import build_engine
from redaction.scanner import Scanner
from tests.bench.redaction_corpus import ENTITIES, Maker, make_sample
from tests.bench.redaction_texts import make_history, make_prose, make_tool_json, plant
from tests.redaction.conftest import COMPILED
from tests.redaction.test_people import ADDRESSES, NAMES
from tests.redaction.test_personal_data import HITS, MISSES
from tests.redaction.test_secrets import CONTEXT, KEYS

THRESHOLDS = {
    "EMAIL_ADDRESS": 0.5, "PHONE_NUMBER": 0.4, "CREDIT_CARD": 0.5, "US_SSN": 0.5, "US_ITIN": 0.5, "IBAN_CODE": 0.5,
    "IP_ADDRESS": 0.5, "MAC_ADDRESS": 0.5, "CRYPTO": 0.5, "API_KEY": 0.5, "JWT": 0.5, "PRIVATE_KEY": 0.5,
    "CONNECTION_STRING": 0.5, "AUTH_HEADER": 0.5, "PASSWORD": 0.5, "SECRET": 0.5, "BASE64": 0.5,
    "PERSON": 0.5, "STREET_ADDRESS": 0.5,
    # as Presidio has them: weak patterns that only words before the value bring over the threshold
    "MEDICAL_LICENSE": 0.4, "UK_NHS": 0.4, "UK_NINO": 0.4, "URL": 0.5, "US_BANK_NUMBER": 0.4, "US_DRIVER_LICENSE": 0.4,
    "US_PASSPORT": 0.4,
}  # fmt: skip
Found = set[tuple[str, int, int, float]]


@cache
def _scanner() -> Scanner:
    # no score is certain, so the words before a value are counted for every finding
    return Scanner(THRESHOLDS, COMPILED, certain=dict.fromkeys(THRESHOLDS, 2.0))


@cache
def _engine() -> Any:
    return build_engine(THRESHOLDS)


def read_as(text: str) -> list[str]:
    """The readings of a text that both sides are given: folded, and with what sticks to values blanked out."""
    folded = fold_text(text)
    return list(dict.fromkeys([folded, blank_neighbours(folded)]))


def find_slowly(text: str) -> Found:
    return {
        (found.entity_type, found.start, found.end, round(found.score, 2))
        for reading in read_as(text)
        for found in _engine().analyze(reading, "en")
    }


def find_fast(text: str) -> Found:
    found: list[Finding] = []
    for reading in read_as(text):
        found += _scanner()._find_folded(reading, float("inf"))
    return {(finding.entity, finding.start, finding.end, round(finding.score, 2)) for finding in found}


PIECES = (
    [value for _, value in HITS]
    + [text for _, text, _ in CONTEXT]
    + KEYS
    + MISSES
    + list("é日,.;:()[]=\n\t")
    + [
        "the order was delayed",
        "->",
        "=>",
        "==",
        "12",
        "2026",
        "a1",
        "::",
        "//",
        "\\n",
        "phone",
        "my bank account",
        "call",
    ]
    + [value for _, value in NAMES]
    + [value for _, value in ADDRESSES]
    + ["Dear ", "Best regards,\n", "name: ", "Mr. ", "From: ", "Ana Silva12", "Șerban Popescu"]
    + [
        "license",
        "passport no",
        "nhs",
        "AB123456C",
        "943 476 5919",
        "https://example.com/a?b=c",
        "12345678901",
        "A1234567",
    ]
)


@pytest.mark.parametrize("seed", range(4))
def test_same_findings_as_plain_presidio_on_mixed_text(seed: int) -> None:
    generator = random.Random(seed)
    for _ in range(150):
        text = generator.choice([" ", " ", "\n", ", ", ""]).join(generator.choices(PIECES, k=generator.randint(1, 12)))
        assert find_fast(text) == find_slowly(text), text


@pytest.mark.parametrize("entity", ENTITIES)
def test_same_findings_as_plain_presidio_on_the_quality_corpus(entity: str) -> None:
    maker = Maker(17)
    for _ in range(25):
        text = make_sample(maker, entity).text
        assert find_fast(text) == find_slowly(text), text


def make_benchmark_texts() -> list[str]:
    """A few texts of each kind of the speed benchmark."""
    generator = random.Random(23)
    clean = [make(generator) for make in (make_prose, make_tool_json) for _ in range(2)]
    clean += [json.dumps(make_history(generator, 8)) for _ in range(2)]
    return clean + plant(clean, 3, 150) + plant(clean, 4, 1000)


def test_same_findings_as_plain_presidio_on_the_benchmark_texts() -> None:
    for text in make_benchmark_texts():
        assert find_fast(text) == find_slowly(text), text


ALPHABET = st.sampled_from("0123456789abfADE@.:-+() xX/=\"'\\n{}[],;_pwé日")
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(ALPHABET, max_size=12)), max_size=10).map("".join)


# the second number is cut by the margin of the first one's window, and a valid one by then
@example(text="+1 212-555-0123Dear +49 30 901820ana@example.com")
@given(text=st.one_of(TEXTS, st.text(ALPHABET, max_size=80), st.text(max_size=40)))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_same_findings_as_plain_presidio_on_any_text(text: str) -> None:
    assert find_fast(text) == find_slowly(text)
