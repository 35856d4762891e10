"""Two runs side by side in a terminal: both at a glance, where they part, and the steps that differ."""

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING, format_ms, format_usd
from runvault.render import add_numbers, clean_text, fit_table, format_count, name_workflow, new_table, style_outcome
from runvault.render_said import compact, describe_message

Json = dict[str, Any]

CHANGES = {
    "same": ("=", "dim"),
    "changed": ("~", "yellow"),
    "only_a": ("-", "red"),
    "only_b": ("+", "green"),
}
LONGEST = 300
"""Of a text that differs, so much is shown around the place where it begins to."""


def print_diff(console: Console, diff: Json, show_all: bool) -> None:
    """Print the whole difference."""
    console.print(render_runs(diff))
    parted = diff["first_divergence"]
    if parted is None:
        console.print("the runs do the same, step by step", style="green")
    else:
        console.print(Text(_describe_parting(parted), "bold"), soft_wrap=True)
    shown = [step for step in diff["steps"] if show_all or step["change"] != "same"]
    if shown:
        console.print(render_steps(shown, console.width))
    if parted is not None:
        _print_fields(console, diff)
    if diff["truncated"]:
        console.print("only the first steps of each run were compared", style="yellow")


def render_runs(diff: Json) -> Table:
    """Both runs at a glance, a column each."""
    table = new_table()
    table.add_column("", style="dim", no_wrap=True)
    for side in ("a", "b"):
        table.add_column(side, overflow="fold")
    rows: dict[str, Callable[[Json], Text]] = {
        "run": lambda run: Text(clean_text(run["run_id"])),
        "workflow": lambda run: Text(name_workflow(run["workflow"])),
        "models": lambda run: Text(clean_text(", ".join(run["models"]) or NOTHING)),
        "outcome": lambda run: style_outcome(run["outcome"]),
        "steps": lambda run: Text(f"{run['steps']}, {run['tool_calls']} tool calls, {run['errors']} errors"),
        "tokens": lambda run: Text(
            f"{format_count(run['tokens']['input'])} in, {format_count(run['tokens']['output'])} out"
        ),
        "duration": lambda run: Text(format_ms(run["duration_ms"])),
        "cost": lambda run: Text(format_usd(run["cost_usd"])),
    }
    for name, tell in rows.items():
        table.add_row(name, tell(diff["a"]), tell(diff["b"]))
    return table


def render_steps(steps: list[Json], width: int) -> Table:
    """A line per step: its number in both runs, what it is, what differs, and by how much."""
    table = new_table()
    table.add_column("", no_wrap=True)
    add_numbers(table, "a", "b")
    table.add_column("step", no_wrap=True, overflow="ellipsis")
    table.add_column("differs in", no_wrap=True, overflow="ellipsis")
    add_numbers(table, "latency", "tokens", "cost")
    for step in steps:
        mark, style = CHANGES[step["change"]]
        what = {"only_a": "only in a", "only_b": "only in b"}.get(step["change"], ", ".join(step["fields"]))
        tokens = _subtract(step, "tokens_in") + _subtract(step, "tokens_out")
        table.add_row(
            Text(mark, style),
            *(Text(str(step[f"{side}_step"] or "")) for side in ("a", "b")),
            Text(clean_text(f"{step['type']} {step['name']}"), style),
            Text(what.replace("_", " ")),
            Text(_sign(_subtract(step, "latency_ms"), format_ms)),
            Text(_sign(tokens, format_count)),
            Text(_sign(_subtract(step, "cost_usd"), format_usd)),
        )
    return fit_table(table, ["step", "differs in"], width)


def _describe_parting(parted: Json) -> str:
    places = {side: parted[f"{side}_step"] for side in ("a", "b")}
    where = ", ".join(f"step {number} of {side}" for side, number in places.items() if number)
    what = {"only_a": "only in a", "only_b": "only in b"}.get(parted["change"])
    what = what or f"differs in {', '.join(parted['fields'])}".replace("_", " ")
    return f"they part at {where}: {clean_text(parted['type'])} {clean_text(parted['name'])}, {what}"


def _print_fields(console: Console, diff: Json) -> None:
    """What the first step that is in both, and differs, says in each."""
    step = next((step for step in diff["steps"] if step["change"] == "changed"), None)
    if step is None:
        return
    console.print(Text(f"step {step['a_step']} of a, step {step['b_step']} of b", "bold"))
    for name, values in step["fields"].items():
        console.print(Text(f"  {name.replace('_', ' ')}", "dim"))
        texts = {side: _describe(values[side]) for side in ("a", "b")}
        start = _find_difference(*texts.values())
        for side, style in (("a", "red"), ("b", "green")):
            console.print(Text(f"    {side} ", style).append(_cut(texts[side], start), "default"))


def _describe(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "role" in value[0]:
        return clean_text(" / ".join(map(describe_message, value)))
    return clean_text(compact(value)) or NOTHING


def _find_difference(a: str, b: str) -> int:
    pairs = zip(a, b, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(a), len(b)))


def _cut(text: str, start: int) -> str:
    first = max(0, start - LONGEST // 4)
    return ("…" if first else "") + text[first : first + LONGEST] + ("…" if len(text) > first + LONGEST else "")


def _subtract(step: Json, measure: str) -> float:
    values = step[measure]
    return 0 if values["a"] is None or values["b"] is None else values["b"] - values["a"]


def _sign(change: float, form: Callable[[float], str]) -> str:
    """A change with its sign; nothing for none."""
    return f"{'+' if change > 0 else '-'}{form(abs(change))}" if change else ""
