"""What a new price list changes, in a terminal."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING, format_usd
from runvault.render import add_numbers, clean_text, fit_table, format_count, new_table

Json = dict[str, Any]
_NAMES = ("provider", "model", "price_list_before", "price_list")
_SUMS = ("calls", "usd_before", "usd")


def add_answers(answers: Sequence[Json]) -> Json:
    """The answers to all parts as one; no run is in two of them."""
    changes: dict[tuple[str, ...], Json] = {}
    for change in (change for answer in answers for change in answer["changes"]):
        key = tuple(change[name] for name in _NAMES)
        before = changes.setdefault(key, {**change, **dict.fromkeys(_SUMS, 0)})
        for name in _SUMS:
            before[name] += change[name]
    totals = {name: sum(answer[name] for answer in answers) for name in ("runs", *_SUMS)}
    return {**totals, "changes": list(changes.values()), "applied": any(answer["applied"] for answer in answers)}


def render_changes(answer: Json, width: int) -> Table:
    """A line per model and pair of lists, the largest change first."""
    table = new_table()
    for name in ("model", "list before", "list"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    add_numbers(table, "calls", "before", "after")
    for change in sorted(answer["changes"], key=lambda change: -abs(change["usd"] - change["usd_before"])):
        names = (change["model"] or NOTHING, change["price_list_before"], change["price_list"])
        numbers = (format_count(change["calls"]), format_usd(change["usd_before"]), format_usd(change["usd"]))
        table.add_row(*(Text(clean_text(name)) for name in names), *map(Text, numbers))
    return fit_table(table, ["model", "list before", "list"], width)
