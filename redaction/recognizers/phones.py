"""Phone numbers: what Presidio's recogniser finds (libphonenumber's matcher, valid numbers only), asked only for the
regions whose way of writing the text begins with, and not at all for the plainest numbers of North America.
"""

import re
from functools import lru_cache

from phonenumbers import Leniency, PhoneNumber, PhoneNumberMatcher, is_valid_number
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

_NO_BRACKETS = str.maketrans("()[]", "    ")
_TRUNK_ZERO = re.compile(r"(?<!\d[-.)/])(?<![\d+])\(?0[ ().\-/]{0,3}\d")
_CALM = r"[A-Za-z_\s\"',:;=<>|!?{}&*@]"  # signs that have nothing to do with a number, and letters not beside it
_BESIDE = r"[_\s\"',:;=<>|!?{}&*@]"
_AREA = r"((?!246|658|876)[2-9]\d\d)"  # in Barbados and Jamaica the seventh digit decides, too
_NUMBER = rf"(?:\+?1[ .\-]?)?(?:\({_AREA}\) ?|{_AREA}[ .\-]?)([2-9]\d\d)[ .\-]?\d{{4}}"
# A word between keeps later digits from being an extension (`ext 5`, `x5`, `int. 5`), and six make no number.
_WORD = r"[ \n](?!e?xt|int|anexo)[a-z]{2,}[ ,.\n](?!(?:[^0-9]*[0-9]){7})[A-Za-z0-9 ,.\n]*"
_PLAIN = re.compile(rf"(?:{_CALM}*{_BESIDE})?({_NUMBER})\.?(?:{_BESIDE}{_CALM}*|{_WORD})?")


def find_phones(text: str) -> list[tuple[int, int, float]]:
    """Phone numbers as (start, end, score)."""
    return [(start, end, PhoneRecognizer.SCORE) for start, end in sorted(find_phone_spans(text))]


def find_phone_spans(text: str) -> set[tuple[int, int]]:
    """Where a valid number stands."""
    plain = find_plain_number(text)
    if plain is not None:
        return {plain}
    spans = ask_matcher(text)
    open_text = text.translate(_NO_BRACKETS)  # one bracket too many, and the parser gives the number up
    return spans if open_text == text else spans | ask_matcher(open_text)


def ask_matcher(text: str) -> set[tuple[int, int]]:
    """What libphonenumber finds as seen from the US, and from Europe when something begins with a zero."""
    regions = ("US", "GB", "DE", "FR") if _TRUNK_ZERO.search(text) else ("US",)
    return {
        (match.start, match.end)
        for region in regions
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID)
    }


def find_plain_number(text: str) -> tuple[int, int] | None:
    """The only number of a text, where nothing but its digits decides: a North American one without an extension, and
    no other digit near it. None for any other text: then the matcher, which takes twenty times as long, decides."""
    match = _PLAIN.fullmatch(text) if text.isascii() else None
    if match is None:
        return None
    area = match.group(2) or match.group(3)
    return match.span(1) if is_assigned(area + match.group(4)) else None


@lru_cache(4096)
def is_assigned(prefix: str) -> bool:
    """True when numbers that begin with these six digits are valid in North America, whatever the last four are."""
    return is_valid_number(PhoneNumber(country_code=1, national_number=int(prefix) * 10_000 + 123))
