"""GenAI's messages as events, one for each: `gen_ai.user.message`, `gen_ai.choice` and the like (until 1.36).

They come as span events (Strands), as log records (G1, MF, SK) and as one JSON list of events (Pydantic AI).
Source: https://github.com/open-telemetry/semantic-conventions/blob/v1.36.0/docs/gen-ai/gen-ai-events.md
"""

from collections.abc import Iterable

from collector.dialects.messages import ASSISTANT, Message, convert_message
from collector.dialects.parts import tool_response_part
from collector.dialects.values import dump_json, parse_json, read_text
from collector.spans import Attributes
from collector.steps import Step

CHOICE = "gen_ai.choice"
ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": ASSISTANT,
    "gen_ai.tool.message": "tool",
}


def convert_event(name: str, body: Message) -> Message | None:
    """The message that one event tells of; None for an event of another name."""
    if name == CHOICE:
        inner = body.get("message")
        source: Message = inner if isinstance(inner, dict) else {"content": _unfold(inner)}
        message = convert_message({"role": ASSISTANT} | source, ASSISTANT)
        reason = body.get("finish_reason")
        if isinstance(reason, str):
            message["finish_reason"] = reason
        return message
    role = ROLES.get(name)
    if role is None:
        return None
    content = _unfold(body.get("content"))
    call_id = read_text(body.get("id") or body.get("tool_call_id"))
    if role == "tool" and call_id:
        return {"role": role, "parts": [tool_response_part(call_id, content)]}
    return convert_message(body | {"content": content}, role)


def split_messages(events: Iterable[tuple[str, Message]]) -> tuple[list[Message], list[Message]]:
    """What went in and what came out, in the order of the events."""
    asked: list[Message] = []
    answered: list[Message] = []
    for name, body in events:
        message = convert_event(name, body)
        if message is not None:
            (answered if name == CHOICE else asked).append(message)
    return asked, answered


def fill_messages(events: Iterable[tuple[str, Message]], step: Step) -> bool:
    """Fill the messages that are still empty; whether there were any."""
    asked, answered = split_messages(events)
    if asked and not step.input_messages:
        step.input_messages = dump_json(asked)
    if answered and not step.output_messages:
        step.output_messages = dump_json(answered)
    return bool(asked or answered)


def read_event_list(attributes: Attributes, name: str, step: Step) -> None:
    """Events in one attribute, as a JSON list of `{"event.name": …, …}`."""
    value = attributes[name]
    events = parse_json(value) if isinstance(value, str) else value
    if isinstance(events, list):
        pairs = [(read_text(event.get("event.name")), event) for event in events if isinstance(event, dict)]
        if fill_messages(pairs, step):
            step.absorbed.add(name)


def _unfold(content: object) -> object:
    """Content that is JSON text of a list of blocks becomes the list."""
    if isinstance(content, str) and content.startswith("[{"):
        blocks = parse_json(content)
        if isinstance(blocks, list):
            return blocks
    return content
