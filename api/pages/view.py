"""A replay as its page shows it: a line and a bar per step, then what was said, up to a size that a browser likes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from api.answers import Json, dump_json
from api.times import parse_time

LONGEST_TEXT = 20_000
"""Characters of one text."""
MOST_TEXT = 2_000_000
"""Characters of a page; what does not fit is in the JSON."""
DEEPEST = 12
"""Levels of indentation."""
BAR = 1000
"""Width of the run in the bars' units."""
NARROWEST = 4
"""A bar must be seen."""


@dataclass(slots=True)
class Said:
    """One thing that was said or done: a label, its text, and whether only a detail of it."""

    label: str
    text: str
    cut: int = 0
    """Characters left out."""
    earlier: bool = False
    """Told at an earlier step already."""


@dataclass(slots=True)
class StepView:
    """One step as the page shows it."""

    step: Json
    depth: int
    left: int
    width: int
    is_first_failure: bool
    said: list[Said] = field(default_factory=list)
    withheld: bool = False
    """Whether the page had no room for what was said."""


def view_steps(replay: Json) -> list[StepView]:
    """The steps of a replay in causal order."""
    begin, length = _measure(replay)
    first_failure = replay["attribution"]["first_failed_step"]
    depths: dict[int, int] = {}
    room = MOST_TEXT
    views = []
    for step in replay["steps"]:
        depths[step["step"]] = depth = depths.get(step["parent_step"], -1) + 1
        left = min(max(BAR * (parse_time(step["started_at"]) - begin) // length, 0), BAR - NARROWEST)
        width = min(max(int(BAR * step["latency_ms"] * 1e6) // length, NARROWEST), BAR - left)
        view = StepView(step, min(depth, DEEPEST), left, width, step["step"] == first_failure)
        said = list(_list_said(step))
        room -= sum(len(one.text) for one in said)
        view.said, view.withheld = (said, False) if room > 0 else ([], bool(said))
        views.append(view)
    return views


def _measure(replay: Json) -> tuple[int, int]:
    """When the first step began and how long all took, nanoseconds; a length of at least one."""
    begins = [parse_time(step["started_at"]) for step in replay["steps"]]
    ends = [begin + int(step["latency_ms"] * 1e6) for begin, step in zip(begins, replay["steps"], strict=True)]
    return (min(begins), max(max(ends) - min(begins), 1)) if begins else (0, 1)


def _list_said(step: Json) -> Iterator[Said]:
    if step["error_type"] or step["status_message"]:
        yield _cut("error", ": ".join(text for text in (step["error_type"], step["status_message"]) if text))
    yield from _list_decisions(step)
    for effect in step["side_effects"]:
        yield _cut("side effect", f"{effect['type']}:{effect['id']}")
    if step["system_instructions"]:
        yield _cut("instructions", _write(step["system_instructions"]), earlier=True)
    yield from _list_messages("in", step["input_messages"])
    yield from _list_messages("out", step["output_messages"])
    for label, key in (("arguments", "input"), ("result", "output"), ("documents", "documents")):
        if step[key] is not None:
            yield _cut(label, _write(step[key]))
    for score in step["scores"]:
        yield _cut("score", _write(score))
    if step["attributes"]:
        yield _cut("attributes", _write(step["attributes"]), earlier=True)


def _list_decisions(step: Json) -> Iterator[Said]:
    if step.get("rule") or step.get("decision") or step.get("result"):
        decided = step.get("decision") or step.get("result") or ""
        reason = f" ({step['reason']})" if step.get("reason") else ""
        yield _cut("rule", f"{step.get('rule') or 'policy'} → {decided}{reason}")
    if approval := step.get("approval"):
        answer = {True: "approved", False: "refused", None: "no answer recorded"}[approval["approved"]]
        by = f" by {approval['approver']}" if approval["approver"] else ""
        yield _cut("approval", f"{approval['type'] or 'approval'}: {answer}{by}")


def _list_messages(label: str, messages: Any) -> Iterator[Said]:
    """Messages one by one. Of what went in, only the last is news: those before it were told at earlier steps."""
    if messages is None:
        return
    if not isinstance(messages, list):
        yield _cut(label, _write(messages))
        return
    for number, message in enumerate(messages, 1):
        role = message.get("role") if isinstance(message, dict) else None
        text = "\n".join(_list_parts(message))
        yield _cut(f"{label}: {role or 'message'}", text, earlier=label == "in" and number < len(messages))


def _list_parts(message: Any) -> Iterator[str]:
    parts = message.get("parts", message.get("content")) if isinstance(message, dict) else message
    for part in parts if isinstance(parts, list) else [parts]:
        if not isinstance(part, dict):
            yield _write(part)
        elif part.get("type") == "tool_call":
            yield f"→ {part.get('name', 'tool')}({_write(part.get('arguments'))})"
        elif part.get("type") == "tool_call_response":
            yield f"← {_write(part.get('response', part.get('result')))}"
        else:
            yield next((_write(part[key]) for key in ("content", "text") if part.get(key)), _write(part))


def _write(value: Any) -> str:
    """Text as it stands, anything else as JSON that can be read."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(orjson.loads(dump_json(value)), option=_INDENT).decode()


_INDENT = orjson.OPT_INDENT_2


def _cut(label: str, text: str, *, earlier: bool = False) -> Said:
    return Said(label, text[:LONGEST_TEXT], max(len(text) - LONGEST_TEXT, 0), earlier)
