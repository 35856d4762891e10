"""The only door to presidio_analyzer: builds its recognisers and runs one of them over a stretch of text.

No AnalyzerEngine and no language model: a recogniser is a regular expression, a checksum and a score. Nothing here
touches the network: the e-mail recogniser's list of public suffixes is the copy that tldextract carries.
"""

import logging
from collections.abc import Callable
from typing import Any

import phonenumbers
import regex  # type: ignore[import-untyped]
import tldextract
from presidio_analyzer import EntityRecognizer, LocalRecognizer, Pattern, PatternRecognizer
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    CryptoRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    MedicalLicenseRecognizer,
    NhsRecognizer,
    PhoneRecognizer,
    UkNinoRecognizer,
    UrlRecognizer,
    UsBankRecognizer,
    UsItinRecognizer,
    UsLicenseRecognizer,
    UsPassportRecognizer,
    UsSsnRecognizer,
)

from redaction.recognizers import KINDS
from redaction.recognizers.kind import Anchor, Kind, whole_text
from schema.errors import RedactionError

Match = tuple[int, int, float]

_PRIVATE_SUFFIXES = (
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "corp",
    "home",
    "test",
    "example",
    "invalid",
)


_NO_BRACKETS = str.maketrans("()[]", "    ")
_TRUNK_ZERO = regex.compile(r"(?<!\d[-.)/])(?<![\d+])\(?0[ ().\-/]{0,3}\d")


class _FailClosed(logging.Filter):
    """Presidio answers a regex timeout or a failed validation with a log line, which may hold the value, and goes on
    as if nothing had been found. Here both are errors: the caller puts a marker in the place of the text."""

    def filter(self, _record: logging.LogRecord) -> bool:
        raise RedactionError("a recogniser gave up")


_logger = logging.getLogger("presidio-analyzer")
_logger.setLevel(logging.WARNING)
_logger.addFilter(_FailClosed())


class _Email(EmailRecognizer):
    """Presidio's, with suffixes that only exist inside companies, and `@` as URLs write it."""

    _split = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), extra_suffixes=_PRIVATE_SUFFIXES)

    def __init__(self) -> None:
        encoded = Pattern("e-mail in a URL", r"\b[\w.+\-]+%40\w+(?:-+\w+)*(?:\.\w+(?:-+\w+)*)+\b", 0.5)
        super().__init__(patterns=[*EmailRecognizer.PATTERNS, encoded])

    def validate_result(self, pattern_text: str) -> bool:
        return bool(self._split.extract_str(pattern_text.replace("%40", "@")).fqdn)


class _Card(CreditCardRecognizer):
    """Presidio's, with Mastercard's 2-series, 19 digits, and dots between the groups."""

    def __init__(self) -> None:
        more = [
            Pattern("2-series", r"\b2[2-7]\d{2}[- .]?\d{4}[- .]?\d{4}[- .]?\d{4}\b", 0.3),
            Pattern("dots", r"\b[3-6]\d{3}\.\d{4}\.\d{4}\.\d{4}\b", 0.3),
            Pattern("19 digits", r"\b[46]\d{3}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}[- ]?\d{3}\b", 0.3),
        ]
        pairs = [("-", ""), (" ", ""), (".", "")]
        super().__init__(patterns=[*CreditCardRecognizer.PATTERNS, *more], replacement_pairs=pairs)


class _Ssn(UsSsnRecognizer):
    """Presidio's patterns that can be told from other numbers; the published sample numbers count as well, since
    people type them in earnest."""

    def __init__(self) -> None:
        bare = Pattern("digits only, beside a word", r"\b[0-9]{9}\b", 0.5)
        super().__init__(patterns=[UsSsnRecognizer.PATTERNS[4], bare])

    def invalidate_result(self, pattern_text: str) -> bool:
        digits = "".join(filter(str.isdigit, pattern_text))
        if digits in ("123456789", "987654320", "078051120"):
            return False
        return bool(super().invalidate_result(pattern_text))


class _Phone(LocalRecognizer):
    """Presidio's phone recogniser, asked only for the regions whose way of writing the text begins with."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["PHONE_NUMBER"], supported_language="en", name="phone")
        self._national = PhoneRecognizer(supported_regions=("US",))
        self._trunk_zero = PhoneRecognizer(supported_regions=("GB", "DE", "FR"))

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:  # noqa: ARG002
        results = self._analyze_once(text, entities)
        plain = text.translate(_NO_BRACKETS)  # one bracket too many, and the parser gives the number up
        return results if plain == text else results + self._analyze_once(plain, entities)

    def _analyze_once(self, text: str, entities: list[str]) -> list[Any]:
        results = list(self._national.analyze(text, entities))
        if _TRUNK_ZERO.search(text):
            results += self._trunk_zero.analyze(text, entities)
        return results


_OWN: dict[str, Callable[[], EntityRecognizer]] = {
    "EMAIL_ADDRESS": _Email,
    "PHONE_NUMBER": _Phone,
    "CREDIT_CARD": _Card,
    "US_SSN": _Ssn,
    "US_ITIN": UsItinRecognizer,
    "IBAN_CODE": IbanRecognizer,
    "IP_ADDRESS": IpRecognizer,
    "CRYPTO": CryptoRecognizer,
    "MAC_ADDRESS": MacAddressRecognizer,
}
_OPTIONAL: dict[str, Callable[[], PatternRecognizer]] = {
    "MEDICAL_LICENSE": MedicalLicenseRecognizer,
    "UK_NHS": NhsRecognizer,
    "UK_NINO": UkNinoRecognizer,
    "URL": UrlRecognizer,
    "US_BANK_NUMBER": UsBankRecognizer,
    "US_DRIVER_LICENSE": UsLicenseRecognizer,
    "US_PASSPORT": UsPassportRecognizer,
}

ENTITIES: frozenset[str] = frozenset(KINDS) | frozenset(_OPTIONAL)
"""Every entity that a policy may name."""


class Recognizer:
    """One of Presidio's recognisers, ours or its own."""

    def __init__(self, kind: Kind, inner: Any) -> None:
        self.kind = kind
        self._inner = inner
        self._entities = [kind.entity]

    def find(self, text: str) -> list[Match]:
        """Every match in `text` as (start, end, score). Raises RedactionError when the recogniser gives up."""
        return [(found.start, found.end, found.score) for found in self._inner.analyze(text, self._entities, None)]


def build_recognizer(entity: str) -> Recognizer:
    """The recogniser of an entity of `ENTITIES`."""
    kind = KINDS.get(entity)
    if kind is None:
        inner: Any = _OPTIONAL[entity]()
        # Not written for speed: Hyperscan gets Presidio's own expressions, and a hit has the whole text looked at.
        anchors = tuple(Anchor(pattern.regex, True, True, True) for pattern in inner.patterns)
        return Recognizer(Kind(entity, anchors, whole_text), inner)
    if not kind.patterns:
        return Recognizer(kind, _OWN[entity]())
    flags = regex.DOTALL | (regex.IGNORECASE if kind.ignore_case else 0)
    patterns = [Pattern(name, expression, score) for name, expression, score in kind.patterns]
    return Recognizer(kind, PatternRecognizer(entity, patterns=patterns, global_regex_flags=flags))


def normalise_phone(value: str) -> str:
    """The number in E.164 (`+12125550123`) however it was written; only its digits when it is no valid number."""
    digits = "".join(filter(str.isdigit, value))
    try:
        number = phonenumbers.parse(value, "GB" if digits.startswith("0") else "US")
    except phonenumbers.NumberParseException:
        return digits
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
