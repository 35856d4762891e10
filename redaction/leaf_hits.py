"""Hits in the raw text of JSON, as a leaf has them: its text is shorter by a character for each escape before."""

from bisect import bisect_right

from redaction.json_leaves import Leaf
from redaction.prefilter import Hit


def cut_leaf_hits(text: str, hits: list[Hit], ends: list[int], leaf: Leaf) -> list[Hit] | None:
    """The hits that end in the leaf or on the sign behind it; None when the leaf must be scanned by itself: a number,
    or written with escapes of characters' numbers. `ends` are where the hits end, in order."""
    start, size = leaf.start + 1, len(leaf.value)
    if leaf.is_number:
        return None
    within = hits[bisect_right(ends, start) : bisect_right(ends, leaf.end)]
    if leaf.end - leaf.start == size + 2:
        return [(anchor, min(end - start, size)) for anchor, end in within]
    raw = text[start : leaf.end]
    if "\\u" in raw or "\\/" in raw:
        return None
    marked = raw.replace("\\\\", "\0\0")  # no other zero is in JSON
    return [(anchor, min(_count_characters(marked, end - start), size)) for anchor, end in within]


def _count_characters(marked: str, end: int) -> int:
    """How many characters of the leaf are written before `end`; of an escape that is cut there, one."""
    escapes = marked.count("\\", 0, end) + marked.count("\0\0", 0, end)
    return end - escapes + (marked[end - 1] == "\\")
