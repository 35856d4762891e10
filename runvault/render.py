"""Tables for people: runs, cost per outcome, latency. What was sent by agents is cleaned before a terminal sees it."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import click
import orjson
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING, format_ms, format_usd

Json = dict[str, Any]

WIDE = 110
PIPED_WIDTH = 140
BAR_WIDTH = 10
MIN_NAME = 6
_EIGHTHS = " ▏▎▍▌▋▊▉█"
OUTCOME_STYLES = {"success": "green", "deflected": "green", "failure": "bold red", "escalated": "yellow"}


def make_console() -> Console:
    """A console as wide as the terminal; wide enough for a table when piped."""
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH
    return Console(width=width, highlight=False, emoji=False, markup=False)


def print_json(content: Any) -> None:
    """The API's JSON, indented."""
    click.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())


def clean_text(text: object) -> str:
    """One line without control characters: what a span says must not steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in str(text)).strip()


def format_count(value: float) -> str:
    """A count with thin groups of thousands."""
    return f"{value:,}"


def draw_bar(value: float | None, largest: float, width: int = BAR_WIDTH) -> str:
    """A bar of eighth blocks, as long as the value is to the largest; something always shows for more than nothing."""
    if not value or value <= 0 or largest <= 0:
        return ""
    eighths = max(1, round(min(value / largest, 1.0) * width * 8))
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def render_runs(page: Json, width: int) -> Table:
    """The list of runs. Run ids are never cut: people copy them."""
    table = new_table()
    table.add_column("run", no_wrap=True)
    table.add_column("started UTC", no_wrap=True)
    table.add_column("workflow", no_wrap=True, overflow="ellipsis")
    if width >= WIDE:
        table.add_column("agent", no_wrap=True, overflow="ellipsis")
    table.add_column("outcome", no_wrap=True)
    add_numbers(table, *(["steps", "errors"] if width >= WIDE else []), "duration", "cost")
    for item in page["items"]:
        cells = [Text(clean_text(item["run_id"])), Text(item["started_at"][5:16].replace("T", " "))]
        cells.append(Text(name_workflow(item["workflow"])))
        if width >= WIDE:
            cells.append(Text(clean_text(item["agent"]["name"] or NOTHING)))
        cells.append(style_outcome(item["outcome"]["status"]))
        if width >= WIDE:
            cells.append(Text(format_count(item["steps"])))
            cells.append(Text(str(item["errors"]), "red" if item["errors"] else "dim"))
        cells += [Text(format_ms(item["duration_ms"])), Text(_run_cost(item))]
        table.add_row(*cells)
    return fit_table(table, ["workflow", "agent"], width)


def render_cost(page: Json, groups: Sequence[str], width: int) -> Table:
    """Cost per outcome; the bars compare the cost of a success."""
    items = page["items"]
    table = new_table()
    add_names(table, groups)
    wide = width >= WIDE
    unpriced = any(item["unpriced_runs"] for item in items)
    numbers = ["runs", "success", "total", "wasted", *(["per run", "p95"] if wide else []), "per success"]
    add_numbers(table, *numbers)
    table.add_column("", no_wrap=True, width=BAR_WIDTH if wide else 6)
    if unpriced:
        add_numbers(table, "unpriced")
    largest = max((item["cost_per_success_usd"] or 0 for item in items), default=0)
    for item in items:
        successes = item["outcomes"].get("success", 0)
        share = f"{successes / item['runs']:.0%}" if item["runs"] else NOTHING
        cells = [*name_cells(item, groups), Text(format_count(item["runs"])), Text(share)]
        # a model without a price: it is dearer than that
        more = "+" if item["unpriced_runs"] else ""
        cells.append(Text(format_usd(item["cost_usd"]["total"]) + more))
        cells.append(Text(format_usd(item["cost_usd"]["wasted"]), "yellow" if item["cost_usd"]["wasted"] else ""))
        if wide:
            cells += [Text(format_usd(item["cost_per_run_usd"])), Text(format_usd(item["p95_cost_usd"]))]
        cells.append(Text(format_usd(item["cost_per_success_usd"]) + (more if successes else ""), "bold"))
        cells.append(Text(draw_bar(item["cost_per_success_usd"], largest, BAR_WIDTH if wide else 6), "cyan"))
        if unpriced:
            cells.append(Text(str(item["unpriced_runs"] or ""), "red"))
        table.add_row(*cells)
    return fit_table(table, groups, width)


def render_latency(page: Json, groups: Sequence[str], width: int) -> Table:
    """Latency percentiles; the bars compare the 95th."""
    items = page["items"]
    table = new_table()
    add_names(table, groups)
    wide = width >= WIDE
    shown = ["p50", "p90", "p95", "p99", "max"] if wide else ["p50", "p95", "p99"]
    first_token = any(item["p95_first_token_ms"] is not None for item in items)
    add_numbers(table, "count", "errors", *shown)
    table.add_column("", no_wrap=True, width=BAR_WIDTH if wide else 6)
    if first_token:
        add_numbers(table, "p95 first token" if wide else "1st tok")
    largest = max((item["p95_ms"] or 0 for item in items), default=0)
    for item in items:
        errors = Text(format_count(item["errors"]), "red" if item["errors"] else "dim")
        cells = [*name_cells(item, groups), Text(format_count(item["count"])), errors]
        cells += [Text(format_ms(item[f"{name}_ms"]), "bold" if name == "p95" else "") for name in shown]
        cells.append(Text(draw_bar(item["p95_ms"], largest, BAR_WIDTH if wide else 6), "cyan"))
        if first_token:
            cells.append(Text(format_ms(item["p95_first_token_ms"])))
        table.add_row(*cells)
    return fit_table(table, groups, width)


def name_workflow(workflow: Json) -> str:
    """`name@version`, whichever of both is known."""
    name, version = workflow["name"], workflow["version"]
    return clean_text((name or NOTHING) + (f"@{version}" if version else ""))


def style_outcome(status: str) -> Text:
    """The outcome in its colour."""
    return Text(clean_text(status), OUTCOME_STYLES.get(status, "dim"))


def _run_cost(item: Json) -> str:
    """Cost of a run; a `+` says that a model without a price makes it dearer than that."""
    return format_usd(item["cost"]["usd"]) + ("+" if item["cost"]["unpriced_models"] else "")


def new_table() -> Table:
    """A table without lines."""
    return Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold", collapse_padding=True)


def fit_table(table: Table, names: Sequence[str], width: int) -> Table:
    """Cut names, longest first, until the table fits; ids and numbers stay whole."""
    sizes = []
    for column in table.columns:
        cells = [cell_len(str(cell)) for cell in (column.header, *column.cells)]
        sizes.append(column.width or max(cells))
    cut = [place for place, column in enumerate(table.columns) if column.header in names]
    while cut and sum(sizes) + len(sizes) - 1 > width:
        longest = max(cut, key=lambda place: sizes[place])
        if sizes[longest] <= MIN_NAME:
            break
        sizes[longest] -= 1
    for column, size in zip(table.columns, sizes, strict=True):
        column.width = size
    return table


def add_names(table: Table, groups: Sequence[str]) -> None:
    """A column per group, or one for all."""
    for group in groups or ["runs of"]:
        table.add_column(group, no_wrap=True, overflow="ellipsis")


def add_numbers(table: Table, *names: str) -> None:
    """Columns of numbers."""
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)


def name_cells(item: Json, groups: Sequence[str]) -> list[Text]:
    """The names of an item's group."""
    if not groups:
        return [Text("everything")]
    return [Text(clean_text(item[group] if item[group] is not None else NOTHING)) for group in groups]
