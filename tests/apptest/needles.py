"""Find any of thousands of values in a hundred megabytes of text: Hyperscan over literals."""

import re
from collections.abc import Sequence

import hyperscan


class Needles:
    """Exact values, searched for all at once."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = list(values)
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[re.escape(value).encode() for value in self._values],
            ids=list(range(len(self._values))),
            flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(self._values),
        )

    def find_any(self, text: str) -> list[str]:
        """The values that the text holds."""
        found: list[str] = []
        self._database.scan(text.encode(), match_event_handler=lambda number, *_: found.append(self._values[number]))
        return found
