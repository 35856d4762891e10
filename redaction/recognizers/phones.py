"""Phone numbers: what Presidio's recogniser finds (libphonenumber's matcher, valid numbers only), asked only for the
regions whose way of writing the text begins with, and not at all where a line holds nothing but plain numbers.
"""

import re
from functools import lru_cache

from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneNumber,
    PhoneNumberMatcher,
    enable_pattern_cache,
    is_valid_number,
    parse,
)
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from redaction.country_codes import read_international
from redaction.recognizers.numbers import EXTENSION, PHONE_LIKE

_NO_BRACKETS = str.maketrans("()[]", "    ")
_TRUNK_ZERO = re.compile(r"(?<!\d[-.)/])(?<![\d+])\(?0[ ().\-/]{0,3}\d")
# signs that have nothing to do with a number, and letters not beside it
_CALM = r"(?:[A-Za-z_\s\"',:;=<>|!?{}&*@]*[_\s\"',:;=<>|!?{}&*@])?"
_AREA = r"((?!246|658|876)[2-9]\d\d)"  # in Barbados and Jamaica the seventh digit decides, too
_NATIONAL = rf"(?:\+?1[ .\-]?)?(?:\({_AREA}\) ?|{_AREA}[ .\-]?)([2-9]\d\d)[ .\-]?\d{{4}}"
_INTERNATIONAL = r"(\+[2-9]\d{0,14}(?:[ .\-]\d{1,14}){0,7})"
# Behind a number: what is part of it for the matcher (more digits, an extension), what makes it an id, a time of day.
_GOES_ON = rf"(?i:[ ().\-/x~\[\]]{{0,4}}\d|[ \-()\[\]]+\d|[ \t,;()\[\]]*(?:{EXTENSION}|[x#~])|[a-z%$]|:[0-5]\d)"
_PLAIN = re.compile(rf"\.?{_CALM}({_NATIONAL}|{_INTERNATIONAL})(?!{_GOES_ON})")
_SEVEN_DIGITS = re.compile(r"(?:[^0-9]*[0-9]){7}")  # no number that is kept has fewer
# The matcher takes them apart at blanks, and four digits are no number.
_CARD = r"[1-9]\d{3}([ \-])\d{4}\1\d{4}\1\d{4}"
_IBAN = r"[A-Z]{2}\d\d(?: \d{4}){3,7}(?: \d{1,3})?"
_ACCOUNT = re.compile(rf"{_CALM}(?:{_CARD}|{_IBAN})(?!{_GOES_ON})")

enable_pattern_cache()  # the library compiles its expressions as it needs them


def find_phones(text: str) -> list[tuple[int, int, float]]:
    """Phone numbers as (start, end, score)."""
    return [(start, end, PhoneRecognizer.SCORE) for start, end in sorted(find_phone_spans(text))]


def find_phone_spans(text: str) -> set[tuple[int, int]]:
    """Where a valid number stands, of those that look like `PHONE_LIKE`; others may be missing."""
    if "\n" not in text:
        return _find_in_line(text)
    spans: set[tuple[int, int]] = set()
    at = 0
    for line in text.split("\n"):  # which is in no candidate of the matcher: neither punctuation nor in an extension
        spans.update((at + start, at + end) for start, end in _find_in_line(line))
        at += len(line) + 1
    return spans


def _find_in_line(line: str) -> set[tuple[int, int]]:
    plain = find_plain_numbers(line)
    return ask_matcher_twice(line) if plain is None else plain


def ask_matcher_twice(text: str) -> set[tuple[int, int]]:
    """What the matcher finds, and what without brackets: one too many, and the parser gives the number up."""
    spans = ask_matcher(text)
    open_text = text.translate(_NO_BRACKETS)
    return spans if open_text == text else spans | ask_matcher(open_text)


def ask_matcher(text: str) -> set[tuple[int, int]]:
    """What libphonenumber finds as seen from the US, and from Europe when something begins with a zero."""
    regions = ("US", "GB", "DE", "FR") if _TRUNK_ZERO.search(text) else ("US",)
    return {
        (match.start, match.end)
        for region in regions
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID)
    }


def find_plain_numbers(line: str) -> set[tuple[int, int]] | None:
    """The numbers of a line that holds no others, where the matcher can only take them as they are: North American
    ones and those with their country code, without an extension and with no digit near them. None for any other line:
    then the matcher, which takes twenty times as long, decides."""
    if not line.isascii():
        return None
    spans: set[tuple[int, int]] = set()
    at = 0
    while _SEVEN_DIGITS.match(line, at):
        match = _PLAIN.match(line, at)
        if match is None:
            account = None if spans else _ACCOUNT.match(line)
            return None if PHONE_LIKE.search(line, account.end() if account else at) else spans
        if _is_valid(match):
            spans.add(match.span(1))
        elif not match.group(1).isdigit():  # with separators in it, a part may be a number
            return None
        at = match.end()
    return spans


def _is_valid(match: re.Match[str]) -> bool:
    _, bracketed, area, exchange, international = match.groups()
    if international is None:
        return is_assigned((bracketed or area) + exchange)
    try:
        return is_valid_number(read_international(international) or parse(international))
    except NumberParseException:
        return False


@lru_cache(4096)
def is_assigned(prefix: str) -> bool:
    """True when numbers that begin with these six digits are valid in North America, whatever the last four are."""
    return is_valid_number(PhoneNumber(country_code=1, national_number=int(prefix) * 10_000 + 123))
