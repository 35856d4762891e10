"""Presidio's own recognisers, with what we add to them. Each is an ordinary Presidio recogniser: the engine of plain
Presidio takes them as they are, and the differential test (`tests/redaction/test_differential.py`) does so.
"""

import re
import string
from collections.abc import Callable
from functools import lru_cache, partial

import tldextract
from presidio_analyzer import EntityRecognizer, Pattern
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
from presidio_analyzer.predefined_recognizers.generic.iban_patterns import regex_per_country

from redaction.recognizers.accounts import find_iban_spans
from redaction.recognizers.function import FunctionRecognizer
from redaction.recognizers.phones import find_phones

_PRIVATE_SUFFIXES = [
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
]


_split = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), extra_suffixes=tuple(_PRIVATE_SUFFIXES))
_LOCAL = re.compile(r"[^/?#@]*")  # what is before the `@` decides nothing then


@lru_cache(4096)
def has_suffix(text: str) -> bool:
    """True for a host name, or a URL with one, under a known suffix."""
    return bool(_split.extract_str(text).fqdn)


class Email(EmailRecognizer):
    """Presidio's, with suffixes that only exist inside companies, and `@` as URLs write it.

    No network: the public suffixes are the copy that tldextract carries.
    """

    def __init__(self) -> None:
        encoded = Pattern("e-mail in a URL", r"\b[\w.+\-]+%40\w+(?:-+\w+)*(?:\.\w+(?:-+\w+)*)+\b", 0.5)
        super().__init__(patterns=[*EmailRecognizer.PATTERNS, encoded])

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the domain ends in a public suffix, or one of ours."""
        address = pattern_text.replace("%40", "@")
        local, _, domain = address.rpartition("@")
        return has_suffix(domain) if _LOCAL.fullmatch(local) else has_suffix.__wrapped__(address)


class Ip(IpRecognizer):
    """Presidio's patterns; that what they match is an address is verified in `network.refine_ip`, once."""

    def invalidate_result(self, pattern_text: str) -> bool:  # noqa: ARG002  (Presidio's interface)
        return False


_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")


class Card(CreditCardRecognizer):
    """Presidio's, with Mastercard's 2-series, 19 digits, and dots between the groups."""

    def __init__(self) -> None:
        more = [
            Pattern("2-series", r"\b2[2-7]\d{2}[- .]?\d{4}[- .]?\d{4}[- .]?\d{4}\b", 0.3),
            Pattern("dots", r"\b[3-6]\d{3}\.\d{4}\.\d{4}\.\d{4}\b", 0.3),
            Pattern("19 digits", r"\b[46]\d{3}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}[- ]?\d{3}\b", 0.3),
        ]
        pairs = [("-", ""), (" ", ""), (".", "")]
        super().__init__(patterns=[*CreditCardRecognizer.PATTERNS, *more], replacement_pairs=pairs)

    def validate_result(self, pattern_text: str) -> bool:
        """Luhn's sum (ISO/IEC 7812-1, annex B), as Presidio verifies it."""
        digits = "".join(filter(str.isdigit, pattern_text)).encode()
        total = sum(digits[::-2]) + sum(digits[-2::-2].translate(_DOUBLED))
        return (total - len(digits) * ord("0")) % 10 == 0


class Ssn(UsSsnRecognizer):
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


_IBAN_FORMS = {country: re.compile(form) for country, form in regex_per_country.items()}
_BASE_36 = {ord(letter): str(number) for number, letter in enumerate(string.ascii_uppercase, 10)}


def find_ibans(text: str) -> list[tuple[int, int, float]]:
    """Presidio's checksum over stretches cut to the country's length, in any case."""
    spans = find_iban_spans(text)
    return [(*span, 1.0) for span in spans if is_iban(upper_ascii(text[slice(*span)]))]


def is_iban(value: str) -> bool:
    """What Presidio's `IbanRecognizer.validate_result` verifies: the country's form, and ISO 7064 mod 97-10."""
    value = value.replace(" ", "").replace("-", "")
    form = _IBAN_FORMS.get(value[:2])
    if form is None or not form.match(value):
        return False
    return f"{98 - int(f'{value[4:]}{value[:2]}00'.translate(_BASE_36)) % 97:02}" == value[2:4]


_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


def upper_ascii(text: str) -> str:
    """Upper case without changing the length, which `str.upper` does for some letters."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


STOCK: dict[str, Callable[[], EntityRecognizer]] = {
    "EMAIL_ADDRESS": Email,
    "PHONE_NUMBER": partial(FunctionRecognizer, "PHONE_NUMBER", find_phones, PhoneRecognizer.CONTEXT),
    "CREDIT_CARD": Card,
    "US_SSN": Ssn,
    "US_ITIN": UsItinRecognizer,
    "IBAN_CODE": partial(FunctionRecognizer, "IBAN_CODE", find_ibans, IbanRecognizer.CONTEXT),
    "IP_ADDRESS": Ip,
    "CRYPTO": CryptoRecognizer,
    "MAC_ADDRESS": MacAddressRecognizer,
}
"""Recognisers of the kinds that have anchors of their own."""

OPTIONAL: dict[str, Callable[[], EntityRecognizer]] = {
    "MEDICAL_LICENSE": MedicalLicenseRecognizer,
    "UK_NHS": NhsRecognizer,
    "UK_NINO": UkNinoRecognizer,
    "URL": UrlRecognizer,
    "US_BANK_NUMBER": UsBankRecognizer,
    "US_DRIVER_LICENSE": UsLicenseRecognizer,
    "US_PASSPORT": UsPassportRecognizer,
}
"""Presidio's other recognisers as they come: no anchors of ours, so a hit has the whole text looked at."""
