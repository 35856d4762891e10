"""Rewrites the leaves of a JSON text that a hit touches, and leaves every other byte as it was.

The text is known to be valid JSON. So a quote that is not escaped opens or closes a string, and counting quotes says
whether a place is inside one; leaves are found around the hits (`json_leaves.py`), and nothing else is looked at.
Numbers keep all their digits, keys their order.
"""

import re
from collections.abc import Callable, Sequence

import orjson

from redaction.json_leaves import Leaf, find_touched

_BLANKS = " \t\r\n"
_MEASURE = re.compile(r'":[ ]?-?\d{1,11}\.\d+(?:[eE][+\-]?\d+)?[,}\]\s]?')
_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+\-]*', re.DOTALL)

Rewrite = Callable[[Leaf], str | None]
"""What to write instead of a leaf's value; None to leave it."""


def rewrite_json(text: str, plain: str, ends: Sequence[int], matters: Callable[[str], bool], rewrite: Rewrite) -> str:
    """The text with the leaves that are touched by a hit rewritten; the very same string when none was.

    `plain` is the text with its escapes hidden, `ends` are the offsets behind the hits. A hit on a key touches its
    value too; when the value is a list and the key `matters`, all its elements.
    """
    pieces: list[str] = []
    at = 0
    new_keys: dict[str, list[int]] = {}
    for leaf in find_touched(text, plain, ends, matters):
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
    kept = []
    for hit in hits:
        end = hit[1]
        start = text.rfind('":', end - 48 if end > 48 else 0, end)
        if start < 0 or _MEASURE.fullmatch(text, start, end) is None or text[start - 1 : start] == "\\":
            kept.append(hit)
    return kept


def is_container(text: str) -> bool:
    """True for an object or a list in JSON."""
    if not text.lstrip(_BLANKS).startswith(("{", "[")):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def list_ends(text: str) -> list[int]:
    """Where every leaf ends, for whoever must see all of them."""
    return [match.end() for match in _TOKEN.finditer(text)]


def _free_key(key: str, text: str, position: int, taken: dict[str, list[int]]) -> str:
    """`key`, or `key#2`, `key#3` … when two keys of one object have become equal: no value may be lost."""
    if key not in taken:
        taken[key] = [position]
        return key
    owner, number, candidate = _find_owner(text, position), 1, key
    while any(_find_owner(text, other) == owner for other in taken.get(candidate, ())):
        number += 1
        candidate = f"{key}#{number}"
    taken.setdefault(candidate, []).append(position)
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
