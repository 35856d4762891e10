"""What a step saw, said and did, as short lines for the replay. Everything here is redacted already, or marked."""

import re
from collections.abc import Callable
from typing import Any

import orjson

from runvault.render import clean_text

Json = dict[str, Any]

Line = tuple[str, str]
"""A label and a text."""


def list_said(step: Json) -> list[Line]:
    """The lines to show under a step, most telling first."""
    lines: list[Line] = []
    if step["status"] == "error":
        text = ": ".join(part for part in (step["error_type"], step["status_message"]) if part)
        lines += [("error", text)] if text else []
    lines += _list_messages(step) + _list_content(step) + _list_decisions(step)
    lines += [("effect", f"{effect['type']}:{effect['id']}") for effect in step["side_effects"]]
    lines += [("score", describe_score(score)) for score in step["scores"]]
    mark = find_marker(step.get("originals") or [])
    return [(label, clean_text(mark(text))) for label, text in lines if text]


def find_marker(originals: list[Json]) -> Callable[[str], str]:
    """A function that puts ⟦ ⟧ around originals, so that they are seen without colour too."""
    values = sorted({str(one["original"]) for one in originals if one["original"]}, key=len, reverse=True)
    if not values:
        return str
    pattern = re.compile("|".join(map(re.escape, values)))
    return lambda text: pattern.sub(r"⟦\g<0>⟧", text)


def describe_message(message: Any) -> str:
    """`role: content` of one message, its parts in order."""
    if not isinstance(message, dict):
        return compact(message)
    parts = message.get("parts", message.get("content"))
    texts = [describe_part(part) for part in parts] if isinstance(parts, list) else [compact(parts)]
    return f"{message.get('role', 'message')}: {' '.join(text for text in texts if text)}"


def describe_part(part: Any) -> str:
    """Text of a message's part, or what it calls and answers."""
    if not isinstance(part, dict):
        return compact(part)
    kind = part.get("type")
    if kind == "tool_call":
        return f"→ {part.get('name', 'tool')}({compact(part.get('arguments'))})"
    if kind == "tool_call_response":
        return f"← {compact(part.get('response', part.get('result')))}"
    for key in ("content", "text", "uri", "file_id"):
        if part.get(key):
            return compact(part[key])
    return f"[{kind}]" if kind else compact(part)


def compact(value: Any) -> str:
    """Text as it stands, anything else as JSON on one line."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _list_messages(step: Json) -> list[Line]:
    lines: list[Line] = []
    said_in, said_out = step["input_messages"], step["output_messages"]
    if said_in:
        # the last message is the news; those before it were told at earlier steps
        lines.append(("in", describe_message(said_in[-1]) if isinstance(said_in, list) else compact(said_in)))
    if isinstance(said_out, list):
        lines += [("out", describe_message(message)) for message in said_out]
    elif said_out:
        lines.append(("out", compact(said_out)))
    return lines


def _list_content(step: Json) -> list[Line]:
    lines = [("in", compact(step["input"])), ("out", compact(step["output"]))]
    documents = step["documents"]
    if isinstance(documents, list):
        lines.append(("found", f"{len(documents)} documents: {compact(documents[0])}" if documents else "no documents"))
    elif documents:
        lines.append(("found", compact(documents)))
    return lines


def _list_decisions(step: Json) -> list[Line]:
    lines: list[Line] = []
    if step.get("rule") or step.get("decision"):
        decided = step.get("decision") or step.get("result") or ""
        reason = f" ({step['reason']})" if step.get("reason") else ""
        lines.append(("rule", f"{step.get('rule') or 'policy'} → {decided}{reason}"))
    approval = step.get("approval")
    if approval:
        answer = {True: "approved", False: "refused", None: "no answer recorded"}[approval["approved"]]
        by = f" by {approval['approver']}" if approval["approver"] else ""
        needed = ", required" if approval["required"] else ""
        lines.append(("person", f"{approval['type'] or 'approval'}: {answer}{by}{needed}"))
    return lines


def describe_score(score: Json) -> str:
    """Name, value, label, why and by whom, as far as they are there."""
    value = "" if score["value"] is None else f"{score['value']:g}"
    source = f"(by {score['source']})" if score["source"] else ""
    said = (score["name"], value, score["label"], score["explanation"], source)
    return clean_text(" ".join(text for text in said if text))
