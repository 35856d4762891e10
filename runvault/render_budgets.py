"""Tables for people: budgets, models without a price, and what the redactor found."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING, format_usd
from runvault.render import (
    BAR_WIDTH,
    WIDE,
    Json,
    add_names,
    add_numbers,
    clean_text,
    draw_bar,
    fit_table,
    format_count,
    name_cells,
    new_table,
)
from runvault.render_fleet import format_rate

LIMITS = ("usd", "steps", "tool_calls", "tokens")
_UNITS = ("B", "kB", "MB", "GB", "TB")


def format_bytes(count: float) -> str:
    """Bytes in decimal units."""
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"


def render_budgets(page: Json, groups: Sequence[str], width: int) -> Table:
    """Budgets by group: how many runs passed which limit, and how much of the money was used."""
    table, wide = new_table(), width >= WIDE
    add_names(table, groups)
    add_numbers(table, "runs", "budgeted", "breached", "rate")
    add_numbers(table, *(["over usd", "over steps", "over tools", "over tokens", "allowed", "spent"] if wide else []))
    add_numbers(table, "used", "p95 used")
    for item in page["items"]:
        money, breached = item["budget_usd"], item["breached_runs"]
        cells = [*name_cells(item, groups), Text(format_count(item["runs"])), Text(format_count(item["budgeted_runs"]))]
        style = "bold red" if breached else "dim"
        cells += [Text(format_count(breached), style), Text(format_rate(item["breach_rate"]), style)]
        if wide:
            cells += [Text(format_count(item["breaches"].get(limit, 0))) for limit in LIMITS]
            cells += [Text(format_usd(money["allowed"])), Text(format_usd(money["spent"]))]
        for share in (money["used"], money["p95_used"]):
            cells.append(Text(format_rate(share), "yellow" if share is not None and share > 1 else ""))
        table.add_row(*cells)
    return fit_table(table, groups, width)


def render_unpriced(page: Json, width: int) -> Table:
    """Models without a price, the largest first."""
    table, wide = new_table(), width >= WIDE
    add_names(table, ["provider", "model"])
    add_numbers(
        table, "calls", "runs", "tokens in", "tokens out", *(["first seen UTC"] if wide else []), "last seen UTC"
    )
    for item in page["items"]:
        cells = [Text(clean_text(item[name] or NOTHING)) for name in ("provider", "model")]
        counts = (item["spans"], item["runs"], item["tokens"]["input"], item["tokens"]["output"])
        cells += [Text(format_count(count)) for count in counts]
        names = ["first_seen_at", "last_seen_at"] if wide else ["last_seen_at"]
        cells += [Text(item[name][:16].replace("T", " ") if wide else item[name][:10]) for name in names]
        table.add_row(*cells)
    return fit_table(table, ["provider", "model"], width)


def render_findings(summary: Json, width: int) -> Table:
    """Findings by entity, most frequent first."""
    table = new_table()
    add_names(table, ["entity"])
    add_numbers(table, "found", "share")
    table.add_column("", no_wrap=True, width=BAR_WIDTH if width >= WIDE else 6)
    found = sorted(summary["findings"].items(), key=lambda entry: (-entry[1], entry[0]))
    for entity, count in found:
        bar = draw_bar(count, found[0][1], BAR_WIDTH if width >= WIDE else 6)
        share = format_rate(count / summary["found"])
        table.add_row(Text(clean_text(entity)), Text(format_count(count)), Text(share), Text(bar, "cyan"))
    return fit_table(table, ["entity"], width)


def render_finding_groups(page: Json, groups: Sequence[str], width: int) -> Table:
    """What the redactor did by group, and what it found most."""
    table = new_table()
    add_names(table, groups)
    add_numbers(table, "spans", "text", "found", "failed")
    table.add_column("most of all", no_wrap=True, overflow="ellipsis")
    for item in page["items"]:
        failed = Text(format_count(item["failed_closed"]), "bold red" if item["failed_closed"] else "dim")
        cells = [*name_cells(item, groups), Text(format_count(item["spans"])), Text(format_bytes(item["bytes"]))]
        most = sorted(item["findings"].items(), key=lambda entry: (-entry[1], entry[0]))
        told = ", ".join(f"{clean_text(entity)} {count:,}" for entity, count in most[: 3 if width >= WIDE else 1])
        table.add_row(*cells, Text(format_count(item["found"])), failed, Text(told or NOTHING))
    return fit_table(table, [*groups, "most of all"], width)
