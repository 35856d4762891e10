"""The reply in the AI SDK's attributes: text, reasoning, an object and tool calls, each in one of its own."""

from collector.dialects.messages import ASSISTANT
from collector.dialects.parts import Part, reasoning_part, text_part, tool_call_part
from collector.dialects.values import dump_json, parse_json, read_text
from collector.spans import Attributes
from collector.steps import Step

_TEXTS = ("ai.response.text", "ai.result.text", "ai.response.object", "ai.result.object")
_REASONING = "ai.response.reasoning"
_CALLS = ("ai.response.toolCalls", "ai.result.toolCalls")


def read_reply(attributes: Attributes, step: Step) -> None:
    """One assistant message of all that there is."""
    if step.output_messages:
        return
    parts: list[Part] = []
    taken: set[str] = set()
    reasoning = read_text(attributes.get(_REASONING))
    if reasoning:
        parts.append(reasoning_part(reasoning))
        taken.add(_REASONING)
    for name in _TEXTS:
        text = read_text(attributes.get(name))
        if text:
            parts.append(text_part(text))
            taken.add(name)
            break
    for name in _CALLS:
        calls = _read_calls(attributes.get(name))
        if calls:
            parts.extend(calls)
            taken.add(name)
            break
    if parts:
        step.output_messages = dump_json([{"role": ASSISTANT, "parts": parts}])
        if step.output_messages:
            step.absorbed |= taken


def _read_calls(value: object) -> list[Part]:
    calls = parse_json(value) if isinstance(value, str) else value
    if not isinstance(calls, list):
        return []
    return [
        tool_call_part(
            read_text(call.get("toolCallId")), read_text(call.get("toolName")), call.get("input", call.get("args"))
        )
        for call in calls
        if isinstance(call, dict)
    ]
