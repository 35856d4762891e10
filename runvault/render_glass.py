"""Break-glass in a terminal: requests, and a replay with originals marked."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING
from runvault.render import WIDE, clean_text, fit_table, new_table
from runvault.render_replay import print_replay

Json = dict[str, Any]
LONGEST = 500
STATE_STYLES = {"pending": "yellow", "approved": "green", "denied": "red", "over": "dim"}


def render_requests(items: Sequence[Json], width: int) -> Table:
    """A line per request; in a narrow terminal without reason and times, which `--json` has."""
    table = new_table()
    wide = width >= WIDE
    names = ("request", "state", "run", "ticket", "asked by", *(["asked UTC", "open until", "reason"] if wide else []))
    for name in names:
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for item in items:
        more = [_show_minute(item["asked"]["at"]), _show_minute(item["opens_until"]), clean_text(item["reason"])]
        table.add_row(
            item["id"],
            Text(item["state"], STATE_STYLES.get(item["state"], "")),
            clean_text(item["run_id"]),
            clean_text(item["ticket"]),
            clean_text(item["asked"]["by"]),
            *(more if wide else []),
        )
    return fit_table(table, ("run", "ticket", "asked by", "reason"), width)


def render_request(item: Json) -> Panel:
    """One request at a glance."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("request", Text(item["id"], "bold"))
    facts.add_row("state", Text(_describe_state(item), STATE_STYLES.get(item["state"], "")))
    facts.add_row("run", f"{clean_text(item['run_id'])}  in {clean_text(item['environment'] or NOTHING)}")
    facts.add_row("asked", f"by {_describe_step(item['asked'])}, ticket {clean_text(item['ticket'])}")
    facts.add_row("reason", clean_text(item["reason"]))
    for approval in item["approvals"]:
        facts.add_row("approved", f"by {_describe_step(approval)}")
    if item["denied"]:
        facts.add_row("denied", f"by {_describe_step(item['denied'])}")
    if item["openings"]:
        facts.add_row(
            "opened", f"{len(item['openings'])} in all, last at {_show_minute(item['openings'][-1]['at'])} UTC"
        )
    return Panel(facts, title="break-glass", title_align="left", border_style="dim")


def print_opened(console: Console, answer: Json) -> None:
    """The request, the replay with what was redacted between ⟦ and ⟧, and all originals, which lines may have cut."""
    console.print(render_request(answer["break_glass"]))
    print_replay(console, answer)
    console.print(render_originals(answer["steps"], console.width))
    for step in answer["steps"]:
        if step["originals_error"]:
            console.print(Text(f"step {step['step']} stays redacted: {clean_text(step['originals_error'])}", "yellow"))


def render_originals(steps: Sequence[Json], width: int) -> Table:
    """A line per original: its step, where it stands, what it is. A very long one is cut; `--json` has it whole."""
    table = new_table()
    table.add_column("step", justify="right", no_wrap=True)
    table.add_column("field", no_wrap=True, overflow="ellipsis", max_width=max(16, width // 4))
    table.add_column("original", overflow="fold")
    for step in steps:
        for one in step["originals"]:
            place = ".".join([one["field"], *(str(part) for part in one["path"] if part is not None)])
            table.add_row(str(step["step"]), clean_text(place), _show_original(one["original"]))
    return table


def _show_original(original: str | None) -> Text:
    if original is None:
        return Text("too large to be sealed", "dim")
    text = clean_text(original)
    return Text(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def _describe_state(item: Json) -> str:
    if item["state"] == "pending":
        return f"pending, {len(item['approvals'])} of {item['approvals_needed']} approvals"
    if item["state"] == "approved":
        return f"approved, open until {_show_minute(item['opens_until'])} UTC"
    return str(item["state"])


def _describe_step(step: Json) -> str:
    return f"{clean_text(step['by'])} at {_show_minute(step['at'])} UTC"


def _show_minute(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else NOTHING
