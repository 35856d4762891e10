"""The replay of a run in a terminal: a panel with the run, then its steps as a tree.

Readable without colour: types and statuses are words, and the first failed step is pointed at by text.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING, format_ms, format_usd
from runvault.render import clean_text, format_count, name_workflow, style_outcome
from runvault.render_said import describe_score, list_said

Json = dict[str, Any]

# step type → mark, word, colour
KINDS = {
    "model_call": ("◆", "model", "cyan"),
    "tool_call": ("▸", "tool", "magenta"),
    "retrieval": ("◂", "retrieve", "blue"),
    "agent": ("○", "agent", "bold"),
    "workflow": ("□", "workflow", "bold"),
    "embedding": ("∙", "embed", "blue"),
    "rerank": ("∙", "rerank", "blue"),
    "validator": ("■", "rule", "yellow"),
    "approval": ("●", "approval", "yellow"),
    "handoff": ("→", "handoff", "green"),
    "evaluation": ("◇", "eval", "green"),
    "retry": ("↻", "retry", "yellow"),
    "event": ("·", "event", "dim"),
    "other": ("·", "step", "dim"),
}
STATUSES = {"error": ("✗ error", "bold red"), "ok": ("✓ ok", "green"), "unset": ("", "")}
MAX_GUIDE = 30
NUMBER_WIDTHS = {"latency": 9, "cost": 10, "tokens": 14, "status": 9}
MAX_TABLE_WIDTH = 130
"""Wider, and the eye loses the line between a step and its numbers; what was said uses the whole width."""
POINTER = "►"


def print_replay(console: Console, replay: Json) -> None:
    """Print the whole replay."""
    console.print(render_panel(replay))
    if not replay["steps"]:
        console.print(Text("no steps are kept of this run", "dim"))
        return
    console.print(_render_header(console.width))
    failed = replay["attribution"]["first_failed_step"]
    for step, guide, below in walk_tree(replay["steps"]):
        for line in render_step(step, guide, below, console.width, failed == step["step"], replay["attribution"]):
            console.print(line, no_wrap=True, overflow="ellipsis", crop=True)


def render_panel(replay: Json) -> Panel:
    """The run at a glance."""
    run = replay["run"]
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    outcome = style_outcome(run["outcome"]["status"])
    if run["outcome"]["reason"]:
        outcome.append(f"  {clean_text(run['outcome']['reason'])}", "default")
    source = run["outcome"]["source"]
    if source:
        outcome.append("  (inferred)" if source == "inferred" else f"  (said by {clean_text(source)})", "dim")
    facts.add_row("run", Text(clean_text(run["run_id"]), "bold"))
    facts.add_row("agent", Text(_describe_agent(run)))
    facts.add_row("workflow", Text(f"{name_workflow(run['workflow'])}  in {clean_text(run['environment'] or NOTHING)}"))
    facts.add_row("outcome", outcome)
    facts.add_row("cost", Text(_describe_cost(run)))
    for budget in _list_budgets(run["budget"]):
        facts.add_row("budget", budget)
    for repriced in run["cost"]["repriced"]:
        facts.add_row("repriced", Text(_describe_repricing(repriced)))
    facts.add_row("duration", Text(f"{format_ms(run['duration_ms'])}  from {run['started_at']}"))
    facts.add_row("tokens", Text(_describe_tokens(run["tokens"])))
    for score in run["scores"]:
        if score["step"] is None:
            facts.add_row("score", Text(describe_score(score)))
    facts.add_row("evidence", _describe_completeness(replay["completeness"]))
    if run["redaction"]["findings"]:
        facts.add_row("redacted", Text(_describe_findings(run["redaction"])))
    facts.add_row("went wrong", _describe_attribution(replay["attribution"]))
    return Panel(Group(facts), title="replay", title_align="left", border_style="dim")


def walk_tree(steps: list[Json]) -> Iterator[tuple[Json, str, str]]:
    """Each step with the guide before it and the guide of the lines below it, children right after their parent."""
    children: dict[int | None, list[Json]] = defaultdict(list)
    for step in steps:
        children[step["parent_step"]].append(step)
    stack = [(step, "", "") for step in reversed(children[None])]
    while stack:
        step, guide, below = stack.pop()
        inner = children[step["step"]]
        yield step, _cut_guide(guide), _cut_guide(below + ("│ " if inner else "  "))
        for place, child in enumerate(reversed(inner)):
            last = place == 0
            stack.append((child, below + ("└─" if last else "├─"), below + ("  " if last else "│ ")))


def render_step(step: Json, guide: str, below: str, width: int, failed: bool, attribution: Json) -> list[Text]:
    """The lines of one step: what it was, then what was said, then, when it is the one, that it went wrong first."""
    mark, word, style = KINDS.get(step["type"], KINDS["other"])
    left = Text(POINTER if failed else " ", "bold red")
    left.append(f"{step['step']:>3} ", "dim")
    left.append(guide, "dim")
    left.append(f"{mark} {word} ", style)
    left.append("(retry) " if step["retry"] else "", "yellow")
    left.append(_name_step(step), "bold" if failed else "")
    left.truncate(_name_space(width), overflow="ellipsis", pad=True)
    lines = [Text.assemble(left, *_render_numbers(step))]
    indent = "     " + below
    if failed:
        what = {"deny": "FIRST DENIED STEP"}.get(attribution["status"], "FIRST FAILED STEP")
        lines.append(
            Text.assemble((indent, "dim"), (f"▲ {what}", "bold red reverse"), f" {clean_text(_why(attribution))}")
        )
    if step["over_budget"]:
        limits = ", ".join(_LIMITS[limit] for limit in step["over_budget"])
        lines.append(Text.assemble((indent, "dim"), ("▲ OVER BUDGET", "bold yellow reverse"), f" {limits}"))
    for label, text in list_said(step):
        if failed and label == "error":
            continue
        line = Text.assemble((indent, "dim"), (f"{label} ", "dim italic"), (text, "dim" if label == "in" else ""))
        line.truncate(width, overflow="ellipsis")
        lines.append(line)
    return lines


def _render_header(width: int) -> Text:
    numbers = "".join(f"{name:>{size}}" for name, size in list(NUMBER_WIDTHS.items())[:3])
    left = set_cell_size("    step", _name_space(width))
    return Text(f"{left}{numbers}  status", "dim")


def _name_space(width: int) -> int:
    return min(width, MAX_TABLE_WIDTH) - sum(NUMBER_WIDTHS.values())


def _render_numbers(step: Json) -> list[tuple[str, str]]:
    status, style = STATUSES.get(step["status"], ("", ""))
    tokens = ""
    if step["tokens_in"] or step["tokens_out"]:
        tokens = f"{_short(step['tokens_in'])}→{_short(step['tokens_out'])}"
    cost = format_usd(step["cost_usd"]) if step["cost_usd"] else ""
    # the tokens of a model, the price of a tool; what is in nobody's sum (a roll-up, a call told twice) is in brackets
    counts = step["counted"] or (step["type"] == "tool_call" and step["call"])
    if counts and step["price_status"] == "unpriced":
        cost = "no price"
    if not counts:
        tokens, cost = (f"({text})" if text else "" for text in (tokens, cost))
    sizes = list(NUMBER_WIDTHS.values())
    cells = (format_ms(step["latency_ms"]), cost, tokens)
    numbers = "".join(f"{cell:>{size}}" for cell, size in zip(cells, sizes, strict=False))
    return [(numbers, "" if counts else "dim"), (f"  {status}", style)]


def _name_step(step: Json) -> str:
    """The tool or model before the span's name, and the name only where it says more."""
    name = clean_text(step["name"])
    main = clean_text(step["tool"] or "") if step["type"] == "tool_call" else clean_text(step["model"] or "")
    bare = name.removeprefix("execute_tool ").removeprefix("chat ").removeprefix("invoke_agent ")
    if main and (main in name or main.startswith(bare)):
        bare = ""
    words = [main, bare, "(orphan)" if step["orphan"] else ""]
    return " ".join(word for word in words if word)


def _short(count: int | None) -> str:
    value = count or 0
    return format_count(value) if value < 100_000 else f"{value / 1000:.0f}k"


def _cut_guide(guide: str) -> str:
    return guide if cell_len(guide) <= MAX_GUIDE else "…" + guide[-MAX_GUIDE + 1 :]


def _why(attribution: Json) -> str:
    return attribution["reason"] or attribution["status"] or ""


def _describe_agent(run: Json) -> str:
    agent = run["agent"]
    return clean_text(" ".join(text for text in (agent["name"] or NOTHING, agent["version"]) if text))


def _describe_cost(run: Json) -> str:
    cost = run["cost"]
    parts = [f"{word} {format_usd(cost[f'{word}_usd'])}" for word in ("model", "tool", "review") if cost[f"{word}_usd"]]
    text = format_usd(cost["usd"]) + (f"  ({', '.join(parts)})" if parts else "")
    if cost["unpriced_models"]:
        text += f"  without a price: {clean_text(', '.join(cost['unpriced_models']))}"
    return text


_LIMITS = {"usd": "cost", "steps": "steps", "tool_calls": "tool calls", "tokens": "tokens"}


def _list_budgets(budget: Json) -> Iterator[Text]:
    """A line per limit: what it is, and where it was passed."""
    passed = {breach["limit"]: breach for breach in budget["breaches"]}
    for limit, word in _LIMITS.items():
        if budget[limit] is None:
            continue
        most = format_usd(budget[limit]) if limit == "usd" else f"{format_count(budget[limit])} {word}"
        breach = passed.get(limit)
        if breach is None:
            yield Text(most)
        else:
            step = f" at step {breach['step']}" if breach["step"] else ""
            yield Text(f"{most}  OVER BUDGET{step}, {breach['at'][11:19]}", "bold yellow")


def _describe_repricing(repricing: Json) -> str:
    lists = " → ".join(clean_text(repricing[name] or "unpriced") for name in ("price_list_before", "price_list"))
    costs = f"{format_usd(repricing['usd_before'])} → {format_usd(repricing['usd'])}"
    return f"{costs}  on {repricing['at'][:10]}, {lists}"


def _describe_tokens(tokens: Json) -> str:
    text = f"{format_count(tokens['input'])} in, {format_count(tokens['output'])} out"
    extra = [f"{format_count(tokens[key])} {word}" for key, word in _TOKEN_WORDS if tokens[key]]
    return text + (f"  (of these {', '.join(extra)})" if extra else "")


_TOKEN_WORDS = (("cache_read", "cache read"), ("cache_write", "cache write"), ("reasoning", "reasoning"))


def _describe_completeness(completeness: Json) -> Text:
    if completeness["whole"]:
        text, style = "whole", "green"
    else:
        missing = [] if completeness["root_seen"] else ["root span not seen"]
        missing += [f"{completeness['orphan_spans']} orphan spans"] if completeness["orphan_spans"] else []
        text, style = f"NOT WHOLE: {', '.join(missing)}", "yellow"
    if completeness["late_spans"]:
        text += f"  ({completeness['late_spans']} late)"
    if completeness.get("truncated"):
        text += "  (only the first steps are shown)"
    return Text(text, style)


def _describe_findings(redaction: Json) -> str:
    found = ", ".join(f"{clean_text(entity)} {count}" for entity, count in sorted(redaction["findings"].items()))
    failed = f"  ({redaction['failed_closed']} withheld unread)" if redaction["failed_closed"] else ""
    return found + failed


def _describe_attribution(attribution: Json) -> Text:
    if attribution["first_failed_step"] is None:
        return Text("nothing", "dim")
    why = clean_text(_why(attribution))
    return Text(f"step {attribution['first_failed_step']}: {why}", "bold red")
