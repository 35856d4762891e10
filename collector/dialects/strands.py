"""Strands Agents (ST of dialects.md): GenAI names, what was said in span events, milliseconds to the first token.

Source: https://strandsagents.com/latest/documentation/docs/user-guide/observability-evaluation/traces/
"""

from collector import steps
from collector.dialects.event_messages import CHOICE, fill_messages
from collector.dialects.genai import OPERATIONS
from collector.dialects.values import dump_json, parse_json, read_number, read_text
from collector.spans import Span, Value
from collector.steps import Step

NAME = "strands"
SCOPES = ("strands.telemetry.tracer",)

_FIRST_TOKEN_MS = "gen_ai.server.time_to_first_token"  # noqa: S105 - seconds in other dialects


def matches(_span: Span) -> bool:
    """Only its scope gives it away."""
    return False


def read(span: Span, step: Step) -> None:
    """Read what GenAI's names do not say, or say otherwise."""
    if step.step_type == steps.OTHER:
        step.step_type = OPERATIONS.get(read_text(span.attributes.get("gen_ai.operation.name")), steps.OTHER)
    if step.first_token_ms is None:
        step.first_token_ms = read_number(span.attributes.get(_FIRST_TOKEN_MS))
    if step.step_type == steps.TOOL_CALL:
        step.has_failed = span.attributes.get("gen_ai.tool.status") == "error"
        for event in span.events:
            if event.name == "gen_ai.tool.message" and not step.tool_arguments:
                step.tool_arguments = read_text(event.attributes.get("content"))
            elif event.name == CHOICE and not step.tool_result:
                step.tool_result = _read_result(event.attributes.get("message"))
    else:
        fill_messages(((event.name, dict(event.attributes)) for event in span.events), step)


def _read_result(message: Value) -> str:
    """The text of a result that is one block of text, else the blocks."""
    text = read_text(message)
    blocks = parse_json(text) if text.startswith("[") else None
    if isinstance(blocks, list) and len(blocks) == 1 and isinstance(blocks[0], dict) and set(blocks[0]) == {"text"}:
        return read_text(blocks[0]["text"])
    return text or dump_json(message)
