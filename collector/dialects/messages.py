"""The canonical message list: `[{role, parts: [{type, ...}], name?, finish_reason?}]`, as JSON text.

It is the shape of OpenTelemetry's `gen_ai.input.messages` (gen-ai-input-messages.json of the GenAI conventions).
"""

from collections.abc import Sequence
from typing import TypeGuard

from collector.dialects.parts import Part, convert_part, text_part, tool_call_part, tool_response_part
from collector.dialects.values import dump_json, parse_json

Message = dict[str, object]

USER = "user"
ASSISTANT = "assistant"
_ROLES = {"model": ASSISTANT, "human": USER, "ai": ASSISTANT}
_SAYING = frozenset({"content", "parts", "tool_calls"})
_WRAPPERS = ("messages", "contents", "input")


def write_text(role: str, text: str) -> str:
    """One message of one text; empty when the text cannot be written as JSON."""
    return dump_json([{"role": role, "parts": [text_part(text)]}])


def write_texts(role: str, texts: Sequence[str]) -> str:
    """One message for each text."""
    return dump_json([{"role": role, "parts": [text_part(text)]} for text in texts])


def convert_chat(text: str, role: str) -> str:
    """Messages as chat APIs write them, in a list, one alone, or inside a whole request or response.

    Messages whose parts are typed already pass unchanged; anything else becomes one text message of the given role.
    """
    value = parse_json(text) if text[:1] in ("[", "{") else None
    found = find_messages(value)
    if not found:
        return write_text(role, text)
    return write_messages(found, role)


def write_messages(messages: Sequence[Message], role: str) -> str:
    """Messages of any provider's shape as canonical JSON; empty when it cannot be written."""
    return dump_json([convert_message(message, role) for message in messages])


def find_messages(value: object) -> list[Message]:
    """The messages in a request (`messages`, `contents`), a response (`choices`, `candidates`) or a bare list."""
    if isinstance(value, dict):
        for name in _WRAPPERS:
            inner = value.get(name)
            if isinstance(inner, list):
                return find_messages(inner)
        choices = value.get("choices") or value.get("candidates")
        if isinstance(choices, list):
            return [message for choice in choices if (message := _read_choice(choice))]
        if isinstance(value.get("content"), dict):  # one candidate of Gemini's
            choice = _read_choice(value)
            return [choice] if choice else []
        value = [value]
    return value if _are_messages(value) else []


def _read_choice(choice: object) -> Message | None:
    if not isinstance(choice, dict):
        return None
    inner = choice.get("message") or choice.get("content") or choice.get("delta")
    if not isinstance(inner, dict):
        return None
    message = {"role": ASSISTANT} | {key: value for key, value in inner.items() if value is not None}
    reason = choice.get("finish_reason") or choice.get("finishReason")
    if isinstance(reason, str):
        message["finish_reason"] = reason
    return message


def _are_messages(value: object) -> TypeGuard[list[Message]]:
    """Whether it is a list of objects that each say something."""
    if not isinstance(value, list) or not value:
        return False
    for item in value:  # noqa: SIM110 - a generator costs more than what it looks at
        if not isinstance(item, dict) or _SAYING.isdisjoint(item):
            return False
    return True


def convert_message(item: Message, role: str) -> Message:
    """One message of any provider's shape in OpenTelemetry's."""
    named = item.get("role")
    sent = named if isinstance(named, str) and named else role
    message: Message = {"role": _ROLES.get(sent, sent), "parts": _read_parts(item)}
    for key in ("name", "finish_reason"):
        if item.get(key):
            message[key] = item[key]
    return message


def _read_parts(item: Message) -> list[Part]:
    parts = item.get("parts")
    if isinstance(parts, list):
        return [convert_part(part) for part in parts]
    content = item.get("content")
    call_id = item.get("tool_call_id")
    result: list[Part] = []
    if isinstance(call_id, str) and call_id:
        result.append(tool_response_part(call_id, content))
    elif isinstance(content, list):
        result.extend(convert_part(piece) for piece in content)
    elif content not in (None, ""):
        result.append(text_part(content))
    calls = item.get("tool_calls")
    if isinstance(calls, list):
        result.extend(_convert_call(call) for call in calls if isinstance(call, dict))
    return result


def _convert_call(call: Message) -> Part:
    function = call.get("function")
    source = function if isinstance(function, dict) else call
    arguments = source.get("arguments", source.get("args"))
    return tool_call_part(str(call.get("id") or ""), str(source.get("name") or ""), arguments)
