"""The spans of traces as trees of row numbers, walked by pointer doubling (numpy): a parent's index is replaced by its
parent's, so a chain of n spans takes log n rounds, and a cycle ends too."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

Indexes = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Tree:
    """Parents of the rows of a frame, as row numbers; -1 for a root or a parent that is not there."""

    def __init__(self, parents: Indexes) -> None:
        self.parents = parents

    def ancestors(self) -> Iterator[Indexes]:
        """The 1st, 2nd, 4th, 8th… ancestor of every row, until nobody has one (or a cycle has been run through)."""
        current = self.parents
        for _ in range(max(1, len(current)).bit_length() + 1):
            if not (current >= 0).any():
                return
            yield current
            current = np.where(current >= 0, current[current], -1)

    def depths(self) -> Indexes:
        """How many ancestors each row has."""
        depths = (self.parents >= 0).astype(np.int64)
        jump = self.parents
        for _ in range(max(1, len(jump)).bit_length() + 1):
            if not (jump >= 0).any():
                break
            depths = depths + np.where(jump >= 0, depths[jump], 0)
            jump = np.where(jump >= 0, jump[jump], -1)
        return np.minimum(depths, len(depths))

    def nearest(self, has: Flags) -> Indexes:
        """For each row the nearest row, itself or an ancestor, for which `has` holds; -1 where there is none."""
        found = np.where(has, np.arange(len(has)), self.parents)
        for _ in range(max(1, len(has)).bit_length() + 1):
            found = np.where(found >= 0, found[found], -1)
        return np.where((found >= 0) & has[found], found, -1)

    def above(self, marked: Flags) -> Flags:
        """For each row, whether one of its descendants is marked."""
        reached = marked.copy()
        result = np.zeros(len(marked), dtype=bool)
        for ancestor in self.ancestors():
            there = reached & (ancestor >= 0)
            result[ancestor[there]] = True
            reached = reached | result
        return result

    def below(self, marked: Flags) -> Flags:
        """For each row, whether one of its ancestors is marked."""
        parents = self.parents
        nearest = self.nearest(marked)
        return np.where(parents >= 0, nearest[parents] >= 0, False)

    def cut(self, boundary: Flags) -> "Tree":
        """The same tree without the links from these rows to their parents."""
        return Tree(np.where(boundary, -1, self.parents))


def flag(frame: pl.DataFrame, condition: pl.Expr) -> Flags:
    """Whether a condition holds, for each row."""
    return np.asarray(frame.select(condition.alias("flag"))["flag"].to_numpy(), dtype=np.bool_)
