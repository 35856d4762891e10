"""Reading a panel's numbers, and holding them to the API's."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboards.build import list_boards
from tests.api.rows import BASE_NS

Json = dict[str, Any]
Reader = Callable[[str, str], list[Json]]
"""Rows of a panel by its board and title."""
Asker = Callable[..., Json]
"""An answer of the API's analytics for the same choice."""

BOARDS = list_boards()
FROM_MS, TO_MS = BASE_NS // 10**6, BASE_NS // 10**6 + 62 * 3_600_000
PERIOD = {"since": "2026-03-01T12:00:00Z", "until": "2026-03-04T02:00:00Z"}
CHOICES: list[Json] = [
    {},
    {"workflow": "refunds", "version": ["v1", "v2"], "model": "m-large"},
    {"environment": "production", "version": "v3"},
]


def read_stats(read: Reader, name: str) -> dict[str, Any]:
    """The single numbers of a board."""
    stats = [panel for panel in BOARDS[f"runvault-{name}"]["panels"] if panel["type"] == "stat"]
    found = {}
    for panel in stats:
        (row,) = read(name, panel["title"])
        (found[panel["title"]],) = row.values()
    return found


def hold(found: Json, expected: Json) -> None:
    """The same names, and the same numbers to the last bit that a division leaves."""
    assert {name for name in found if found[name] is None} == {name for name in expected if expected[name] is None}
    numbers = [{name: value for name, value in side.items() if value is not None} for side in (found, expected)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-12)
