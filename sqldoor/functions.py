"""Which functions a statement may use: by the engine's own categories, so that what a new engine brings, and what is
in no category, is shut until somebody looks at it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

QUESTION = "SELECT name, alias_to, is_aggregate, case_insensitive, categories FROM system.functions"
COMBINATORS = "SELECT name FROM system.aggregate_function_combinators"

CATEGORIES = frozenset(
    {
        "Aggregate Functions",
        "Arithmetic",
        "Arrays",
        "Bit",
        "Bitmap",
        "Comparison",
        "Conditional",
        "Dates and Times",
        "Distance",
        "Encoding",
        "Hash",
        "IP Address",
        "JSON",
        "Logical",
        "Map",
        "Mathematical",
        "Null",
        "Random Number",
        "Rounding",
        "String",
        "String Replacement",
        "String Search",
        "String Splitting",
        "Time Window",
        "Tuple",
        "Type Conversion",
        "URL",
        "UUID",
    }
)
"""Kinds of functions that look at nothing but their arguments and the clock."""
OTHERS = frozenset(
    {
        "bar",
        "blockNumber",
        "byteSize",
        "countDigits",
        "currentDatabase",
        "currentUser",
        "displayName",
        "formatReadableDecimalSize",
        "formatReadableQuantity",
        "formatReadableSize",
        "formatReadableTimeDelta",
        "identity",
        "ignore",
        "isConstant",
        "materialize",
        "neighbor",
        "rowNumberInAllBlocks",
        "rowNumberInBlock",
        "runningDifference",
        "throwIf",
        "toColumnTypeName",
        "toTypeName",
        "transform",
        "version",
        "revision",
        "visibleWidth",
    }
)
"""Of what the engine calls "Other": what boards, notebooks and drivers use."""
SLOW = re.compile(r"levenshtein|editdistance|jaro|mismatches|arraysimilarity|arrayautocorrelation", re.IGNORECASE)
"""Functions whose time is the product of two lengths: one call can take minutes, and cannot be interrupted."""
SYNTAX = frozenset({"lambda", "exists", "grouping"})
"""What the parser writes as functions and the engine does not list."""
TABLE_FUNCTIONS = frozenset({"generate_series", "generateseries", "numbers", "values", "zeros"})
"""In lower case: some have any."""


class Functions:
    """The functions of an engine that may be used. `rows` answer QUESTION, `combinators` COMBINATORS."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], combinators: Iterable[str]) -> None:
        listed = list(rows)
        categories = {row["name"]: row["categories"] for row in listed}
        allowed = [row for row in listed if _is_open(row["alias_to"] or row["name"], categories)]
        self._names = SYNTAX | {row["name"] for row in allowed}
        self._any_case = frozenset(row["name"].lower() for row in allowed if row["case_insensitive"])
        self._known = frozenset(row["name"].lower() for row in listed)
        self._combinators = tuple(combinators)
        aggregates = [row for row in allowed if row["is_aggregate"]]
        self._aggregates = frozenset(row["name"] for row in aggregates)
        self._any_case_aggregates = frozenset(row["name"].lower() for row in aggregates if row["case_insensitive"])

    def allow(self, name: str) -> bool:
        """Whether a statement may use this function."""
        return name in self._names or name.lower() in self._any_case or self._is_combined(name)

    def know(self, name: str) -> bool:
        """Whether the engine has a function of this name, allowed or not."""
        return name.lower() in self._known or self._is_combined(name)

    def _is_combined(self, name: str) -> bool:
        """Whether it is an aggregate function with combinators, such as `quantilesIf`."""
        stems = [name.removesuffix(suffix) for suffix in self._combinators if name.endswith(suffix)]
        return any(
            stem in self._aggregates or stem.lower() in self._any_case_aggregates or self._is_combined(stem)
            for stem in stems
            if stem
        )


def _is_open(name: str, categories: Mapping[str, str]) -> bool:
    return not SLOW.search(name) and (name in OTHERS or categories.get(name, "") in CATEGORIES)
