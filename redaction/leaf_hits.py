"""Hits in the raw text of JSON, as a leaf has them: its text is shorter by a character for each escape before."""

from bisect import bisect_right

from redaction.json_leaves import Leaf
from redaction.prefilter import Hit


def cut_leaf_hits(plain: str, hits: list[Hit], ends: list[int], leaf: Leaf) -> list[Hit]:
    """The hits that end in a string or on the sign behind it. `plain` is the text with its escapes hidden
    (`hide_escapes`), none of them of a character's number; `ends` are where the hits end, in order."""
    start, size = leaf.start + 1, len(leaf.value)
    within = hits[bisect_right(ends, start) : bisect_right(ends, leaf.end)]
    if leaf.end - leaf.start == size + 2:
        return [(anchor, min(end - start, size)) for anchor, end in within]
    cut: list[Hit] = []
    at = start
    hidden = others = 0
    for anchor, end in within:
        # Two characters are written for one; of those that are cut here, the first counts.
        hidden += plain.count("\0", at, end)
        others += plain.count("\\", at, end)
        at = end
        escapes = hidden // 2 + others - (plain[end - 1] == "\\")
        cut.append((anchor, min(end - start - escapes, size)))
    return cut
