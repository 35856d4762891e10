"""Names known from lists: two neighbouring words, the first a known first name, the next a known last name.

A single known first name in running text is left alone: as many of them are cities, products and words.
"""

import re

import regex  # type: ignore[import-untyped]  # it comes without type stubs

from redaction.recognizers.gazetteer import is_first, is_last, is_ordinary
from redaction.recognizers.kind import Anchor, Kind, Span, around
from redaction.recognizers.names import INITIAL, LINK, REACH, UP, WORD

_SEQUENCE = regex.compile(rf"(?<![\p{{L}}\p{{N}}_@./\\\-]){WORD}(?:[ ](?:{INITIAL})*{LINK}{WORD}){{1,5}}")
_PART = regex.compile(rf"(?:{INITIAL})*{LINK}({WORD})")
_WORD = regex.compile(WORD)
_ASCII_WORD = re.compile(r"[A-Z][A-Za-z']*(?:-[A-Z][A-Za-z']+)*")  # the same of ASCII, in half the time
_BREAKS = re.compile(r"[^\w'\u2019.\-]+")


def find_pairs(text: str) -> list[tuple[int, int, float]]:
    """Runs of capitalised words with a first name beside a last name in them, as (start, end, score)."""
    found: list[tuple[int, int, float]] = []
    for match in _SEQUENCE.finditer(text):
        parts = list(_PART.finditer(text, *match.span()))
        number = 0
        while number < len(parts) - 1:
            if not is_pair(parts[number].group(1), parts[number + 1].group(1)):
                number += 1
                continue
            last = number + 1
            while last + 1 < len(parts) and _goes_on(parts[last + 1].group(1)):
                last += 1
            found.append((parts[number].start(1), parts[last].end(), 0.75))
            number = last + 1
    return found


def is_pair(first: str, last: str) -> bool:
    """True for a first and a last name, of which at most one may be an ordinary word."""
    if not (is_first(first) and is_last(last)):
        return False
    ordinary = is_ordinary(first) + is_ordinary(last)
    return ordinary == 0 or (ordinary == 1 and not is_first(last))


def _goes_on(word: str) -> bool:
    return is_last(word) and not is_ordinary(word)


def pair_window(text: str, position: int) -> Span:
    """The text around a hit. A hit on two capitalised words counts only when both can be names: that is most of all
    hits, and looking them up is cheap."""
    if position >= 3 and text[position - 3] == " " and text[position - 2].isupper() and text[position - 1].islower():
        word = (_ASCII_WORD if text.isascii() else _WORD).match(text, position - 2)
        if word is not None and not is_last(word.group()):
            return position, position
        before = _word_before(text, position - 3)
        if len(before) > 2 and before[0].isupper() and "." not in before and not is_first(before):
            return position, position
    return around(text, position, REACH)


def _word_before(text: str, end: int) -> str:
    """The letters, digits and signs of words that end there, as far as they are near."""
    first = max(0, end - 37)
    near = text[max(first, text.rfind(" ", first, end) + 1) : end]
    return near if near.isalpha() else _BREAKS.split(near)[-1]


_LOW = r"[a-z'\x80-\xff]"
# Words without an upper bound: counting makes the databases larger, and slower.
_FIRST = rf"{UP}{_LOW}[A-Za-z'\-\x80-\xff]* (?:[A-Z]\. ?)?"
KINDS = (
    Kind(
        "PERSON",
        (
            Anchor(rf"{_FIRST}{UP}{_LOW}", lane="capitals"),
            Anchor(rf"{_FIRST}(?:[a-z]{{1,5}}[ ']){{1,2}}{UP}{_LOW}", lane="capitals"),
        ),
        pair_window,
        find=find_pairs,
        whole=False,
        doubtful=True,
    ),
)
