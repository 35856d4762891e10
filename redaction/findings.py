"""What was found in a text, and what became of the text."""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

MARKER_FAILED = "<REDACTION_FAILED>"
MARKER_TOO_DEEP = "<TOO_DEEP>"


class Finding(NamedTuple):
    """One value found: character offsets in the text, what it is, and how sure the recogniser is (0 to 1)."""

    start: int
    end: int
    entity: str
    score: float


class Redaction(NamedTuple):
    """A redacted text. `findings` counts values per entity; `failed` is 1 or more when a part was replaced unread."""

    text: str
    findings: dict[str, int]
    failed: int


class Parts(NamedTuple):
    """The same for the pieces of one text."""

    texts: list[str]
    findings: dict[str, int]
    failed: int


NO_FINDINGS: dict[str, int] = {}
"""Shared by every clean result; nobody may write to it."""


def merge_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Overlapping findings become one: it covers all of them and is named after the longest, then the surest."""
    found_all = sorted(findings)
    if len(found_all) < 2:
        return found_all
    merged: list[Finding] = []
    winner = Finding(0, 0, "", 0.0)
    for found in found_all:
        if merged and found.start < merged[-1].end:
            if (found.end - found.start, found.score) > (winner.end - winner.start, winner.score):
                winner = found
            last = merged[-1]
            merged[-1] = Finding(last.start, max(last.end, found.end), winner.entity, winner.score)
        else:
            winner = found
            merged.append(found)
    return merged


def drop_contained(findings: Iterable[Finding]) -> list[Finding]:
    """Findings without those that another one of their entity holds whole at the same or a higher score, as Presidio
    drops them (`EntityRecognizer.remove_duplicates`)."""
    found_all = sorted(set(findings))
    if all(one.end <= other.start for one, other in pairwise(found_all)):
        return found_all
    kept: list[Finding] = []
    near: list[Finding] = []  # those kept that reach as far as here
    for found in sorted(found_all, key=lambda one: (one.start, -one.end, -one.score)):
        near = [other for other in near if other.end >= found.start]
        if not any(_holds(other, found) for other in near):
            kept.append(found)
            near.append(found)
    return kept


def _holds(other: Finding, found: Finding) -> bool:
    return found.end <= other.end and found.score <= other.score and found.entity == other.entity


def count_findings(into: dict[str, int], more: dict[str, int]) -> None:
    """Add the counts of `more` to `into`."""
    for entity, count in more.items():
        into[entity] = into.get(entity, 0) + count
