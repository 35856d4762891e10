"""Values spread over the parts of one message: `["my card is 4111 1111", " 1111 1111"]`.

Parts are neighbours in a list under `content`, `parts` or `chunks`: texts, or objects with a `text` or `content`. They
are read as one text. A value that crosses from one into the next is replaced where it begins; what is left of it goes
from the parts behind.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import orjson

from redaction.findings import Finding
from redaction.json_leaves import hide_escapes

_NAMES = frozenset({"content", "parts", "chunks"})
_KEYS = _NAMES | {"text"}
_NAMED = re.compile(r'"(?:content|parts|chunks|text)"[ \t\r\n]*:')
_LISTS = frozenset(f'"{name}"' for name in _NAMES)
_TEXTS = frozenset({'"text"', '"content"'})
_OPENING = re.compile(r'"(?:content|parts|chunks)"[ \t\r\n]*:[ \t\r\n]*\[')
_ESCAPED_KEY = re.compile(r'\\u[0-9a-fA-F]{4}[^"\\]*"[ \t\r\n]*:')
_STEP = re.compile(r'("[^"]*")([ \t\r\n]*:)?|[{}\[\]]')
_CHUNK_KEY = re.compile(r"(?:^|[._\-])(?:content|text|chunk|delta|token|completion|output)$")

Span = tuple[int, int]


def is_chunk_key(key: str) -> bool:
    """True for an attribute that holds a piece of what is streamed, in one event after the other."""
    return _CHUNK_KEY.search(key) is not None


def names_parts(text: str) -> bool:
    """False for most JSON texts: no key in it is that of a list of parts."""
    return text.find("[", 1) > 0 and ('"content"' in text or '"parts"' in text or '"chunks"' in text)


def may_hold_parts(text: str, tree: Any) -> bool:
    """False when no list of parts in a JSON text has two texts side by side, as its tree says."""
    # Of a key that comes twice in an object only one is in the tree. Then some are missing there, unless others are
    # spelt in another way.
    named = len(_NAMED.findall(text))
    nodes = [tree]
    for node in nodes:
        if type(node) is list:
            nodes += [value for value in node if type(value) is dict or type(value) is list]
            continue
        for key, value in node.items():
            named -= key in _KEYS
            if type(value) is list:
                if len(value) > 1 and key in _NAMES and _are_neighbours(value):
                    return True
                nodes.append(value)
            elif type(value) is dict:
                nodes.append(value)
    return named != 0 or ("\\" in text and _ESCAPED_KEY.search(text) is not None)


def _are_neighbours(parts: list[Any]) -> bool:
    """True when two of the parts are texts with nothing but numbers, if anything, between them."""
    last = False
    for part in parts:
        if type(part) is dict:
            now = type(part.get("text")) is str or type(part.get("content")) is str
        elif type(part) is str or type(part) is list:
            now = type(part) is str
        else:
            continue
        if now and last:
            return True
        last = now
    return False


class _Open:
    """A bracket that is open: the last key in it, and in a list of parts, those that are neighbours."""

    def __init__(self, is_list: bool, of_parts: bool) -> None:
        self.is_list = is_list
        self.of_parts = of_parts
        self.key = ""
        self.text: Span | None = None
        self.parts: list[Span] = []


def find_parts(text: str) -> list[list[Span]]:
    """Where neighbouring parts stand in a valid JSON text: the strings with their quotes, two or more in a group."""
    first = _OPENING.search(text)
    if first is None:
        return []
    groups: list[list[Span]] = []
    opened = [_Open(False, False)]
    for match in _STEP.finditer(hide_escapes(text), first.start()):
        top, sign = opened[-1], text[match.start()]
        if sign == '"':
            _take_string(top, match)
        elif sign in "{[":
            opened.append(_Open(sign == "[", sign == "[" and not top.is_list and top.key in _LISTS))
        else:
            groups.append(top.parts)
            opened = opened[:-1] or [_Open(False, False)]
            parent = opened[-1]
            if parent.of_parts and top.text:
                parent.parts.append(top.text)
            elif parent.of_parts:  # an image, a call of a tool: what stands behind it begins anew
                groups.append(parent.parts)
                parent.parts = []
    return [group for group in groups if len(group) > 1]


def _take_string(top: _Open, match: "re.Match[str]") -> None:
    if match.group(2):
        top.key = match.group(1)
    elif top.of_parts:
        top.parts.append(match.span(1))
    elif not top.is_list and top.key in _TEXTS:
        top.text = match.span(1)


def rewrite_parts(text: str, redact: Callable[[list[str]], list[str] | None]) -> str:
    """The text with the parts of each group as `redact` gives them back; None from it leaves them as they are."""
    changes: list[tuple[Span, str]] = []
    for group in find_parts(text):
        values = [orjson.loads(text[start:end]) for start, end in group]
        new = redact(values)
        if new is not None:
            changes += [(span, now) for span, was, now in zip(group, values, new, strict=True) if now != was]
    pieces: list[str] = []
    at = 0
    for (start, end), value in sorted(changes):
        pieces += (text[at:start], orjson.dumps(value).decode())
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def find_crossing(parts: Sequence[str], findings: Sequence[Finding]) -> list[Finding]:
    """Those findings in the joined parts that begin in one part and end in another."""
    borders = list(accumulate(map(len, parts)))
    return [found for found in findings if borders[bisect_right(borders, found.start)] < found.end]


def write_crossing(parts: Sequence[str], found: Sequence[Finding], replacements: Sequence[str]) -> list[str]:
    """The parts with each value replaced in the part where it begins, and taken out of those behind. The values are
    in order and do not overlap."""
    written: list[str] = []
    number = start = 0
    for part in parts:
        stop = start + len(part)
        at, pieces = start, list[str]()
        while number < len(found) and found[number].start < stop:
            value = found[number]
            if value.start >= start:
                pieces += (part[at - start : value.start - start], replacements[number])
            at = min(value.end, stop)
            if value.end > stop:
                break
            number += 1
        written.append("".join([*pieces, part[at - start :]]))
        start = stop
    return written
