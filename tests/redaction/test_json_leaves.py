"""Leaves found around a place are those that reading every token of the text finds: the slow, obvious twin is here."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from redaction.json_leaves import Leaf, find_touched, hide_escapes

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+\-]*', re.DOTALL)
COLON = re.compile(r"[ \t\r\n]*:")
MEASURED = re.compile(r"-?\d{1,11}\.")


def find_touched_slowly(text: str, ends: Sequence[int], matters: Callable[[str], bool]) -> Iterator[Leaf]:
    """Every token of the text, then those that hold a mark, or stand beside it."""
    spans = [match.span() for match in TOKEN.finditer(text)]
    starts = [start for start, _ in spans]
    touched: dict[int, str | None] = {}
    for mark in sorted({end - 1 for end in ends}):
        index = bisect_right(starts, mark) - 1
        if index >= 0 and MEASURED.match(text, *spans[index]):
            continue
        touched.setdefault(index, None)
        if index < 0 or mark >= spans[index][1]:
            touched.setdefault(index + 1, None)
        if index >= 0 and COLON.match(text, spans[index][1]):
            touched.setdefault(index + 1, None)
            key = json.loads(text[slice(*spans[index])])
            if matters(key):
                touched.update(dict.fromkeys(list_elements(text, spans, index), key))
    for index in sorted(touched):
        if 0 <= index < len(spans):
            yield make_leaf(text, spans, index, touched[index])


def list_elements(text: str, spans: Sequence[tuple[int, int]], index: int) -> Iterator[int]:
    depth = 0
    for following in range(index + 1, len(spans)):
        gap = text[spans[following - 1][1] : spans[following][0]]
        depth += gap.count("[") + gap.count("{") - gap.count("]") - gap.count("}")
        if depth <= 0:
            return
        if depth == 1:
            yield following


def make_leaf(text: str, spans: Sequence[tuple[int, int]], index: int, list_key: str | None) -> Leaf:
    start, end = spans[index]
    token = text[start:end]
    is_number = token[0] != '"'
    is_key = not is_number and COLON.match(text, end) is not None
    key = None
    if not is_key:
        before = spans[index - 1] if index else (0, 0)
        gap = text[before[1] : start]
        first = index and ":" in gap and gap.strip(" \t\r\n:[") == ""
        key = json.loads(text[slice(*before)]) if first else list_key
        if key is None and is_number:
            key = number_list_key(text, spans, index)
    return Leaf(start, end, token if is_number else json.loads(token), key, is_key, is_number)


def number_list_key(text: str, spans: Sequence[tuple[int, int]], index: int) -> str | None:
    """The key of a list that holds nothing but simple values, up to the number."""
    while index:
        index -= 1
        gap = text[spans[index][1] : spans[index + 1][0]]
        if any(sign in gap for sign in "{}]"):
            return None
        if "[" in gap:
            return json.loads(text[slice(*spans[index])]) if re.fullmatch(r"\s*:\s*\[[^\[]*", gap) else None
    return None


WORDS = st.sampled_from(
    ["a", "key", "", 'q"q', "back\\", '\\"', "[1,", "x: 5", "{", "naïve", "1.5", "-3", "e", ",", ":"]
)
LEAVES = st.one_of(
    WORDS, st.integers(-20, 10**16), st.floats(-1e16, 1e16), st.booleans(), st.none(), st.text(max_size=4)
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)


@given(
    tree=TREES,
    indent=st.sampled_from([None, 1]),
    tight=st.booleans(),
    ends=st.lists(st.integers(0, 400), max_size=8),
)
@example(tree={"key": ["a", "[1,", 0]}, indent=None, tight=False, ends=[21])  # a bracket in a text is no bracket
@example(tree=[-5, {"key": [-1e-5, True, "x"]}], indent=None, tight=True, ends=list(range(1, 60)))
@settings(max_examples=400, deadline=None)
def test_same_leaves_as_reading_every_token(tree: Any, indent: int | None, tight: bool, ends: list[int]) -> None:
    text = json.dumps(tree, indent=indent, separators=(",", ":") if tight else None)
    ends = [1 + end % len(text) for end in ends]
    assert list(find_touched(text, hide_escapes(text), ends, "key".__eq__)) == list(
        find_touched_slowly(text, ends, "key".__eq__)
    )
