"""Finds the leaves of a valid JSON text around given places, without reading the rest of it.

Escapes are hidden first, one character for one; then every quote left opens or closes a string, and a place with an
odd number of quotes before it is inside one. `tests/redaction/test_json_leaves.py` holds this equal to reading every
token.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import orjson

_COLON = re.compile(r"[ \t\r\n]*:")
_BEFORE_COLON = frozenset(": \t\r\n")
_NUMBER = re.compile(r"-?\d[\d.eE+\-]*")
_NEXT = re.compile(r'["\d\-]')
_OF_NUMBERS = frozenset("0123456789.eE+-")
_STRING = re.compile('"[^"]*"')
_LIST_OF = re.compile(r'("[^"]*")[ \t\r\n]*:[ \t\r\n]*$')
# A measure has a decimal point; a card number that came as a float has thirteen digits before it.
_MEASURED = re.compile(r"-?\d{1,11}\.")

Span = tuple[int, int]


class Leaf(NamedTuple):
    """A string, a number or a key: where it stands, its value as text, the key it stands under."""

    start: int
    end: int
    value: str
    key: str | None
    is_key: bool
    is_number: bool

    def cut(self, text: str) -> str:
        """The leaf as it is written."""
        return text[self.start : self.end]


def find_touched(text: str, plain: str, ends: Sequence[int], matters: Callable[[str], bool]) -> Iterator[Leaf]:
    """Leaves that hold a hit, or stand beside one that ends between two leaves, in order. `ends` are the offsets
    behind the hits; a hit on a key touches its value, and every element of it if it is a list and the key `matters`."""
    lexed = Lexed(text, plain)
    touched: dict[Span, str | None] = {}  # the token → the key of the list that it is an element of
    reached = 0  # the end of the token that the last mark was in: one look is enough for all marks in it
    for mark in sorted({end - 1 for end in ends}):
        if mark < reached:
            continue
        before, after = lexed.find_beside(mark)
        reached = before[1] if before is not None else 0
        if before is not None and text[before[0]] != '"' and _MEASURED.match(text, *before):
            continue
        if before is not None:
            touched.setdefault(before, None)
        if after is not None and (before is None or mark >= before[1]):
            touched.setdefault(after, None)
        if before is not None and text[before[1] : before[1] + 1] in _BEFORE_COLON and _COLON.match(text, before[1]):
            value = lexed.find_after(before[1])
            if value is not None:
                touched.setdefault(value, None)
            key = _decode(text[slice(*before)])
            if matters(key):
                touched.update(dict.fromkeys(lexed.list_elements(before[1]), key))
    for span in sorted(touched):
        yield lexed.make_leaf(span, touched[span])


def hide_escapes(text: str) -> str:
    """A valid JSON text in which every quote opens or closes a string; everything else is where it was."""
    return text.replace("\\\\", "\0\0").replace('\\"', "\0\0") if "\\" in text else text


class Lexed:
    """A JSON text, and the same with its escapes hidden."""

    def __init__(self, text: str, plain: str) -> None:
        self._text = text
        self._plain = plain
        self._counted = 0
        self._inside = False

    def find_beside(self, mark: int) -> tuple[Span | None, Span | None]:
        """The token that `mark` is in, or the last before it; and the first after it when it is in none.

        Marks must come in order.
        """
        plain = self._plain
        if mark >= self._counted:
            self._inside ^= bool(plain.count('"', self._counted, mark + 1) & 1)
            self._counted = mark + 1
        if self._inside:
            return (plain.rfind('"', 0, mark + 1), plain.find('"', mark + 1) + 1), None
        if plain[mark : mark + 1] == "-" and plain[mark - 1 : mark] not in ("e", "E"):
            return self.find_after(mark), None
        at = min(mark, len(plain) - 1)
        while at >= 0 and plain[at] != '"' and not "0" <= plain[at] <= "9":
            at -= 1
        before = self._token_back(at) if at >= 0 else None
        if before is not None and mark < before[1]:
            return before, None
        return before, self.find_after(mark + 1)

    def find_after(self, position: int) -> Span | None:
        """The first token that begins at `position`, which is outside of any, or later."""
        found = _NEXT.search(self._plain, position)
        if found is None:
            return None
        start = found.start()
        if found.group() == '"':
            return start, self._plain.find('"', start + 1) + 1
        number = _NUMBER.match(self._plain, start)
        return (start, number.end()) if number else None

    def _token_back(self, at: int) -> Span:
        """The token with its closing quote or one of its digits at `at`."""
        plain = self._plain
        if plain[at] == '"':
            return plain.rfind('"', 0, at), at + 1
        start, stop = at, at + 1
        while start and plain[start - 1] in _OF_NUMBERS:
            start -= 1
        while stop < len(plain) and plain[stop] in _OF_NUMBERS:
            stop += 1
        return start, stop

    def list_elements(self, position: int) -> Iterator[Span]:
        """The tokens that are elements of the list that begins behind the key which ends at `position`.

        Between tokens there is nothing but structure, so counting brackets there says how deep a token stands.
        """
        depth = 0
        token = self.find_after(position)
        while token is not None:
            gap = self._plain[position : token[0]]
            depth += gap.count("[") + gap.count("{") - gap.count("]") - gap.count("}")
            if depth <= 0:
                return
            if depth == 1:
                yield token
            position = token[1]
            token = self.find_after(position)

    def make_leaf(self, span: Span, list_key: str | None) -> Leaf:
        """The leaf of a token; `list_key` is the key of its list, where that is known."""
        start, end = span
        token = self._text[start:end]
        is_number = token[0] != '"'
        is_key = (
            not is_number and self._plain[end : end + 1] in _BEFORE_COLON and _COLON.match(self._plain, end) is not None
        )
        key: str | None = None
        if not is_key:
            key = self._find_key(start)
            key = list_key if key is None else key
            if key is None and is_number:
                of_list = _find_list_key(self._plain, start)
                key = _decode(self._text[slice(*of_list)]) if of_list else None
        return Leaf(start, end, token if is_number else _decode(token), key, is_key, is_number)

    def _find_key(self, start: int) -> str | None:
        """The key of the value at `start`, or of the list whose first element it is."""
        if self._plain.startswith('":', start - 2):  # as most keys stand
            return _decode(self._text[self._plain.rfind('"', 0, start - 2) : start - 1])
        at, colon = start - 1, False
        while at >= 0 and self._plain[at] in " \t\r\n:[":
            colon = colon or self._plain[at] == ":"
            at -= 1
        if not colon or at < 0 or self._plain[at] != '"':
            return None
        return _decode(self._text[self._plain.rfind('"', 0, at) : at + 1])


def _find_list_key(plain: str, start: int) -> Span | None:
    """Where the key of the list of simple values stands that `start`, outside of any string, is in; as far as it is
    near. Escapes are hidden in `plain`."""
    first = max(0, start - 4096)
    near = plain[first:start]
    if '"' in near[near.rfind("[") + 1 :]:
        # a bracket may stand in a string: read backwards, strings can be told from the end
        near = _STRING.sub(lambda match: " " * len(match.group()), near[::-1])[::-1]
    opening = near.rfind("[")
    if opening < 0 or any(char in near[opening:] for char in '{}]"'):
        return None
    found = _LIST_OF.search(plain, max(0, first + opening - 128), first + opening)
    return found.span(1) if found else None


def _decode(token: str) -> str:
    return str(orjson.loads(token)) if "\\" in token else token[1:-1]
