"""Time series for people: one line per group, a sparkline of the measure that matters most."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from rich.table import Table
from rich.text import Text

from runvault.render import Json, add_names, add_numbers, fit_table, name_cells, new_table

STEPS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_LEVELS = "▁▂▃▄▅▆▇█"
MIN_SPARK = 8
MAX_SPARK = 120


def draw_spark(values: Sequence[float | None], largest: float) -> str:
    """One block per value, as high as the value is to the largest; a gap where there is none."""
    blocks = []
    for value in values:
        if value is None:
            blocks.append(" ")
        elif value <= 0 or largest <= 0:
            blocks.append(_LEVELS[0])
        else:
            blocks.append(_LEVELS[min(7, int(min(value / largest, 1.0) * 7 + 0.5))])
    return "".join(blocks)


def list_moments(items: Sequence[Json], interval: str, most: int) -> list[str]:
    """Every interval from the first to the last item, as the API writes them; the last `most` of them."""
    times = sorted({item["at"] for item in items})
    if not times:
        return []
    first, last = (datetime.fromisoformat(time) for time in (times[0], times[-1]))
    count = (last - first) // STEPS[interval] + 1
    begin = max(0, count - most)
    return [(first + place * STEPS[interval]).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for place in range(begin, count)]


def render_series(
    page: Json,
    groups: Sequence[str],
    interval: str,
    width: int,
    measure: str,
    form: Callable[[float | None], str],
) -> Table:
    """A line per group: lowest, highest and last value of `measure`, and its course. All lines share one scale."""
    items = page["items"]
    lines: dict[tuple[object, ...], dict[str, Json]] = {}
    for item in items:
        lines.setdefault(tuple(item[group] for group in groups), {})[item["at"]] = item
    room = width - 3 * 11 - 10 * max(1, len(groups))
    moments = list_moments(items, interval, max(MIN_SPARK, min(MAX_SPARK, room)))
    known = [item[measure] for item in items if item[measure] is not None]
    largest = max(known, default=0)
    table = new_table()
    add_names(table, groups)
    title = f"{moments[0][:16].replace('T', ' ')} … by {interval}" if moments else ""
    table.add_column(title, no_wrap=True, style="cyan")
    add_numbers(table, "lowest", "highest", "last")
    for line in lines.values():
        values = [line[moment][measure] if moment in line else None for moment in moments]
        told = [value for value in values if value is not None]
        numbers = [form(min(told)), form(max(told)), form(told[-1])] if told else ["-"] * 3
        head = name_cells(next(iter(line.values())), groups)
        table.add_row(*head, Text(draw_spark(values, largest)), *(Text(number) for number in numbers))
    return fit_table(table, groups, width)
