"""What a recogniser must say about itself to be searched for quickly: its anchors, window and second look."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Span = tuple[int, int]
Window = Callable[[str, int], Span]
Refine = Callable[[str, int, int], Span | None]


class Anchor(NamedTuple):
    """A Hyperscan expression, in bytes semantics, that hits wherever the recogniser may find something.

    It must hold inside the raw text of a JSON string as well, where a newline is a backslash and an `n`: so no word
    boundaries, and nothing that JSON escapes. `prefilter` asks Hyperscan for a superset of what it cannot do exactly.

    Anchors of one `lane` share a pass over the text. Those with a word in them go well together; one that is all
    classes (digits, capitals) makes Hyperscan step through every byte unless it stands alone or beside its like.
    `guard` is an expression that hits wherever the anchor does and costs next to nothing: the lane waits for it.
    """

    pattern: str
    caseless: bool = False
    prefilter: bool = False
    lane: str = "words"
    guard: str = ""


# What no value follows directly: a letter or a digit, unless it is the `n` of an escaped newline in raw JSON.
EDGE = r"(?:^|[^A-Za-z0-9]|\\[nrtbf])"
# A quote and a line break as anchors meet them: JSON in JSON in JSON writes seven backslashes before each.
QUOTE = r"\\{0,7}[\"']?"
BREAK = r"(?:[\r\n]|\\{1,7}[nrt])"


def keep_span(_text: str, start: int, end: int) -> Span:
    """The second look of a recogniser that needs none."""
    return start, end


def whole_text(text: str, _position: int) -> Span:
    """The window of a recogniser that must see everything."""
    return 0, len(text)


def nowhere(_text: str, position: int) -> Span:
    """The window of a kind that only its key gives away (`find_nothing`)."""
    return position, position


def find_nothing(_text: str) -> tuple[()]:
    """For kinds whose anchors only point out keys to the walk through JSON."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value, or one way to tell it: several may have the same entity.

    `window(text, position)` gives the stretch around a hit that holds the whole value; `margin` characters more on
    both sides are shown to the recogniser so that word boundaries are seen. `probe` must match in the stretch, with
    the margin behind it, or the recogniser is spared; in raw JSON, too, where an `n` may stand before a value.
    `refine(text, start, end)` narrows or drops a finding in its surroundings.
    `doubtful` says that most hits are nothing, so that it pays to look around them before a leaf is taken out of JSON.
    `needs` has for each expression a text without which it cannot match, or nothing.
    Without `patterns` the recogniser is the function `find`, or one of `recognizers/stock.py`. `whole` says that the
    window is the same seen from any position in it, so that one look is enough for all hits inside.
    """

    entity: str
    anchors: tuple[Anchor, ...]
    window: Window
    patterns: tuple[tuple[str, str, float], ...] = ()
    margin: Span = (1, 1)
    probe: re.Pattern[str] | None = None
    refine: Refine = keep_span
    find: Callable[[str], Sequence[tuple[int, int, float]]] | None = None
    ignore_case: bool = False
    needs: tuple[str, ...] = ()
    doubtful: bool = False
    whole: bool = True


_BLANK = re.compile(r"\s")


def around(text: str, position: int, reach: int) -> Span:
    """`reach` characters to both sides; the left end is moved behind a blank, so that no word seems to begin there."""
    start, stop = max(0, position - reach), min(len(text), position + reach)
    blank = _BLANK.search(text, start, min(start + 40, position)) if start else None
    return (blank.end() if blank else start), stop


def run_of(chars: str, left: int | None = None, right: int | None = None) -> Window:
    """A window that grows from the hit over the characters of the class `chars` (the inside of a regex `[...]`),
    at most `left` and `right` of them. A hit reports its end, so the window is sought around the character before."""
    backwards = re.compile(f"[{chars}]*")

    def grow(text: str, position: int) -> Span:
        at = position - 1 if position else 0
        found = backwards.match(text, at) if right is None else backwards.match(text, at, at + right)
        first = 0 if left is None or at < left else at - left
        # Backwards in steps, so that a hit in a long text does not copy all that stands before it.
        start, step = at, 32
        while start > first:
            begin = start - step if start - step > first else first
            match = backwards.match(text[begin:start][::-1])
            taken = match.end() if match else 0
            start -= taken
            if start > begin:
                break
            step *= 2
        return start, found.end() if found else at

    return grow
