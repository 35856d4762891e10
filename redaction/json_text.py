"""Rewrites the leaves of a JSON text that a hit touches, and leaves every other byte as it was.

The text is known to be valid JSON. So a quote that is not inside a string opens one, and tokens can be told by one
regular expression; numbers keep all their digits, keys their order, and nothing is parsed that holds no hit.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import orjson

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+\-]*', re.DOTALL)
_COLON = re.compile(r"[ \t\r\n]*:")
_LIST_OF = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")[ \t\r\n]*:[ \t\r\n]*$', re.DOTALL)
# A measure has a decimal point; a card number that came as a float has thirteen digits before it.
_MEASURED = re.compile(r"-?\d{1,11}\.")
_MEASURE = re.compile(r'(?<!\\)":[ ]?-?\d{1,11}\.\d+(?:[eE][+\-]?\d+)?[,}\]\s]?$')
_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)


class Leaf(NamedTuple):
    """A string, a number or a key: where it stands, its value as text, the key it stands under."""

    start: int
    end: int
    value: str
    key: str | None
    is_key: bool
    is_number: bool


Span = tuple[int, int]
Rewrite = Callable[[Leaf], str | None]
"""What to write instead of a leaf's value; None to leave it."""


def rewrite_json(text: str, ends: Sequence[int], matters: Callable[[str], bool], rewrite: Rewrite) -> str:
    """The text with the leaves that are touched by a hit rewritten; the very same string when none was.

    `ends` are the offsets behind the hits. A hit on a key touches its value too; when the value is a list and the
    key `matters`, all its elements.
    """
    pieces: list[str] = []
    at = 0
    new_keys: set[tuple[str, int]] = set()
    for leaf in find_touched(text, ends, matters):
        new = rewrite(leaf)
        if new is None:
            continue
        if leaf.is_key:
            new = _free_key(new, text, leaf.start, new_keys)
        pieces += (text[at : leaf.start], orjson.dumps(new).decode())
        at = leaf.end
    if not pieces:
        return text
    pieces.append(text[at:])
    return "".join(pieces)


def drop_measures(text: str, hits: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The hits without those on a number with a decimal point that is the value of a key, as scores and prices are.

    A quote and a colon without a backslash before them can only be structure.
    """
    return [hit for hit in hits if not _MEASURE.search(text, max(0, hit[1] - 48), hit[1])]


def list_ends(text: str) -> list[int]:
    """Where every leaf ends, for whoever must see all of them."""
    return [match.end() for match in _TOKEN.finditer(text)]


def find_touched(text: str, ends: Sequence[int], matters: Callable[[str], bool]) -> Iterator[Leaf]:
    """Leaves that hold a hit, or stand beside one that ends between two leaves, in order."""
    spans = [match.span() for match in _TOKEN.finditer(text)]
    starts = [start for start, _ in spans]
    touched: dict[int, str | None] = {}  # number of the token → the key of the list that it is an element of
    for mark in sorted({end - 1 for end in ends}):
        index = bisect_right(starts, mark) - 1
        if index >= 0 and _MEASURED.match(text, starts[index], spans[index][1]):
            continue
        touched.setdefault(index, None)
        if index < 0 or mark >= spans[index][1]:
            touched.setdefault(index + 1, None)
        if index >= 0 and _COLON.match(text, spans[index][1]):
            touched.setdefault(index + 1, None)
            key = _decode(text[slice(*spans[index])])
            if matters(key):
                touched.update(dict.fromkeys(_list_elements(text, spans, index), key))
    for index in sorted(touched):
        if 0 <= index < len(spans):
            yield _make_leaf(text, spans, index, touched[index])


def _list_elements(text: str, spans: Sequence[Span], index: int) -> Iterator[int]:
    """Numbers of the tokens that are elements of the list under the key with number `index`.

    Between tokens there is nothing but structure, so counting brackets there says how deep a token stands.
    """
    depth = 0
    for following in range(index + 1, len(spans)):
        gap = text[spans[following - 1][1] : spans[following][0]]
        depth += gap.count("[") + gap.count("{") - gap.count("]") - gap.count("}")
        if depth <= 0:
            return
        if depth == 1:
            yield following


def _make_leaf(text: str, spans: Sequence[Span], index: int, list_key: str | None) -> Leaf:
    start, end = spans[index]
    token = text[start:end]
    is_number = token[0] != '"'
    is_key = not is_number and _COLON.match(text, end) is not None
    key: str | None = None
    if not is_key:
        before = spans[index - 1] if index else (0, 0)
        is_value = index and text[start - 1] != "," and _COLON.match(text, before[1])
        key = _decode(text[slice(*before)]) if is_value and _starts_value(text, before[1], start) else list_key
        if key is None and is_number:
            key = _find_list_key(text, start)
    return Leaf(start, end, token if is_number else _decode(token), key, is_key, is_number)


def _starts_value(text: str, colon: int, start: int) -> bool:
    return text[colon:start].strip(" \t\r\n:[") == ""


def _find_list_key(text: str, start: int) -> str | None:
    """The key of the list of numbers that stands at `start`, as far as it is near."""
    opening = text.rfind("[", max(0, start - 4096), start)
    if opening < 0 or any(char in text[opening + 1 : start] for char in "{}]"):
        return None
    found = _LIST_OF.search(text, max(0, opening - 128), opening)
    return _decode(found.group(1)) if found else None


def _decode(token: str) -> str:
    return str(orjson.loads(token)) if "\\" in token else token[1:-1]


def _free_key(key: str, text: str, position: int, taken: set[tuple[str, int]]) -> str:
    """`key`, or `key#2`, `key#3` … when two keys of one object have become equal: no value may be lost."""
    if not any(key == other for other, _ in taken):
        taken.add((key, _find_owner(text, position)))
        return key
    owner, number, candidate = _find_owner(text, position), 1, key
    while (candidate, owner) in taken:
        number += 1
        candidate = f"{key}#{number}"
    taken.add((candidate, owner))
    return candidate


def _find_owner(text: str, position: int) -> int:
    """Where the innermost open bracket before `position` stands."""
    opened: list[int] = []
    for match in _BRACKET.finditer(text, 0, position):
        sign = match.group()
        if sign in ("{", "["):
            opened.append(match.start())
        elif sign in ("}", "]"):
            opened.pop()
    return opened[-1] if opened else -1
