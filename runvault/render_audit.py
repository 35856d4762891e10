"""The audit trail for people. What callers sent is cleaned before a terminal sees it."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING
from runvault.render import WIDE, clean_text, fit_table, format_count, new_table

Json = dict[str, Any]


def render_entries(items: Sequence[Json], width: int) -> Table:
    """A line per entry; in a narrow terminal without where from and how it went."""
    table = new_table()
    wide = width >= WIDE
    for name in ("at UTC", "key", "action", "object", "reason", *(["from", "detail"] if wide else [])):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for item in items:
        names = ("key_id", "action", "object", "reason", *(["address", "detail"] if wide else []))
        time = item["at"][:19].replace("T", " ")
        table.add_row(time, *(clean_text(item[name] or NOTHING) for name in names))
    return fit_table(table, ("object", "reason", "from", "detail"), width)


def render_chains(report: Json) -> Group:
    """A line per chain, and below it what was done to it."""
    lines: list[Text] = []
    for chain in report["chains"]:
        problems = chain["problems"]
        state = Text("whole", "green") if not problems else Text(f"{len(problems)} problems", "bold red")
        told = f"chain {clean_text(chain['chain'])}: {format_count(chain['entries'])} entries, "
        told += f"signed through {format_count(chain['signed_through'])}: "
        lines.append(Text(told) + state)
        lines += [
            Text(f"  {clean_text(problem['kind'])}: {clean_text(problem['message'])}", "red") for problem in problems
        ]
    verdict = Text("the trail holds", "green") if report["holds"] else Text("THE TRAIL DOES NOT HOLD", "bold red")
    return Group(*lines, verdict)
