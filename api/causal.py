"""The order of a run's steps: parents before children, then start time, then span id."""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from api.queries.reader import Row

SpanKey = tuple[str, str]
"""Trace id and span id: a run may hold several traces."""


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A row of `steps` with its number in the run and that of its parent, None for a root or an orphan."""

    number: int
    parent: int | None
    row: Row

    @property
    def key(self) -> SpanKey:
        """Identity of the span."""
        return self.row["TraceId"], self.row["SpanId"]


def place_steps(rows: Sequence[Row]) -> list[PlacedStep]:
    """Number the rows of one run from 1, in causal order.

    Among the steps whose parent is placed, the earliest comes next. A ring of parents, which no honest sender makes,
    is cut at its earliest step.
    """
    by_key = {_key(row): row for row in rows}
    children: dict[SpanKey, list[Row]] = defaultdict(list)
    ready: list[tuple[int, str, str]] = []
    for row in rows:
        parent = _parent_key(row)
        if parent in by_key and parent != _key(row):
            children[parent].append(row)
        else:
            heapq.heappush(ready, _rank(row))
    waiting = sorted(map(_rank, rows), reverse=True)
    numbers: dict[SpanKey, int] = {}
    placed: list[PlacedStep] = []
    while len(placed) < len(by_key):
        rank = heapq.heappop(ready) if ready else waiting.pop()
        row = by_key[rank[2], rank[1]]
        if _key(row) in numbers:
            continue
        numbers[_key(row)] = len(placed) + 1
        placed.append(PlacedStep(len(placed) + 1, numbers.get(_parent_key(row)) if _has_parent(row) else None, row))
        for child in children[_key(row)]:
            heapq.heappush(ready, _rank(child))
    return placed


def _key(row: Row) -> SpanKey:
    return row["TraceId"], row["SpanId"]


def _parent_key(row: Row) -> SpanKey:
    return row["TraceId"], row["ParentSpanId"]


def _has_parent(row: Row) -> bool:
    return bool(row["ParentSpanId"]) and row["ParentSpanId"] != row["SpanId"]


def _rank(row: Row) -> tuple[int, str, str]:
    return row["StartedNs"], row["SpanId"], row["TraceId"]
