"""How a redacted text becomes its original again, found by laying both side by side.

The redactor need not say what it replaced, so this holds whatever it did to a text and however it remembered it: a
text from its cache, JSON inside JSON, a text that failed closed. Wherever the two are laid together wrongly (a very
short text between two values), the changes still give back the original to the byte; they are only less small.
"""

import re

from schema.originals import Change

_ANCHOR = 24
_NEAR = 8192
_FAR_LOOKS = 50
"""So often is an anchor looked for in all of the rest; then the rest is one change, so that time stays bounded."""
_STARS = re.compile(r"\*+")


def find_changes(original: str, redacted: str) -> tuple[Change, ...]:
    """Changes that turn `redacted` into `original`, left to right; none when they are equal."""
    changes: list[Change] = []
    looks = _FAR_LOOKS
    at, now = 0, 0
    while True:
        same = _count_equal(original, at, redacted, now)
        at, now = at + same, now + same
        if at == len(original) and now == len(redacted):
            return tuple(changes)
        end, after, far = _find_end(original, at, redacted, now, looks > 0)
        looks -= far
        changes.append(Change(now, after - now, original[at:end]))
        at, now = end, after


def _find_end(original: str, at: int, redacted: str, now: int, may_look_far: bool) -> tuple[int, int, bool]:
    """Where what differs ends in both texts, and whether all of the rest was looked through for it."""
    stars = _STARS.match(redacted, now)
    if stars is not None and len(original) - at >= stars.end() - now:  # a mask keeps the length
        return at + stars.end() - now, stars.end(), False
    after = redacted.find(">", now) + 1
    if after:
        stop = redacted.find("<", after, after + _ANCHOR)
        anchor = redacted[after : stop if stop >= 0 else after + _ANCHOR]
        if anchor:
            found = original.find(anchor, at, at + _NEAR)
            far = found < 0 and may_look_far
            if far:
                found = original.find(anchor, at + _NEAR - _ANCHOR)
            if found >= 0:
                return found, after, far
    tail = _count_equal_ends(original, at, redacted, now)
    return len(original) - tail, len(redacted) - tail, True


def _count_equal(one: str, at: int, other: str, now: int) -> int:
    """How many characters are equal from `at` and `now` on."""
    most = min(len(one) - at, len(other) - now)
    equal, step = 0, 32
    while equal < most:
        size = min(step, most - equal)
        if one[at + equal : at + equal + size] == other[now + equal : now + equal + size]:
            equal, step = equal + size, step * 2
        else:  # the first difference is in this piece
            most, step = equal + size - 1, max(1, size // 2)
    return equal


def _count_equal_ends(one: str, at: int, other: str, now: int) -> int:
    """How many characters are equal at the ends, of what begins at `at` and `now`."""
    size = min(len(one) - at, len(other) - now)
    return _count_equal(one[len(one) - size :][::-1], 0, other[len(other) - size :][::-1], 0)
