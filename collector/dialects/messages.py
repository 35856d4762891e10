"""The canonical message list: `[{role, parts: [{type, ...}], name?, finish_reason?}]`, as JSON text.

It is the shape of OpenTelemetry's `gen_ai.input.messages` (gen-ai-input-messages.json of the GenAI conventions).
"""

from collections.abc import Sequence
from typing import cast

from collector.dialects.values import dump_json, embed_json, parse_json

Part = dict[str, object]
Message = dict[str, object]

USER = "user"
ASSISTANT = "assistant"


def write_text(role: str, text: str) -> str:
    """One message of one text; empty when the text cannot be written as JSON."""
    return dump_json([{"role": role, "parts": [text_part(text)]}])


def write_texts(role: str, texts: Sequence[str]) -> str:
    """One message for each text."""
    return dump_json([{"role": role, "parts": [text_part(text)]} for text in texts])


def text_part(text: object) -> Part:
    """A part that is text."""
    return {"type": "text", "content": text}


def media_part(modality: str, url: str, mime_type: str = "") -> Part:
    """An image, sound or film: its bytes when the address holds them (a data: URL), else its address."""
    head, comma, data = url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        mime_type = mime_type or head[len("data:") : -len(";base64")]
        return _with_mime({"type": "blob", "modality": modality, "content": data}, mime_type)
    return _with_mime({"type": "uri", "modality": modality, "uri": url}, mime_type)


def tool_call_part(call_id: str, name: str, arguments: object) -> Part:
    """What the model asks a tool to do; arguments that are JSON text become the JSON they are."""
    part: Part = {"type": "tool_call", "id": call_id, "name": name, "arguments": embed_json(arguments)}
    return {key: value for key, value in part.items() if value not in ("", None)}


def tool_response_part(call_id: str, response: object) -> Part:
    """What the tool answered."""
    return {"type": "tool_call_response", "id": call_id, "response": embed_json(response)}


def convert_chat(text: str, role: str) -> str:
    """Messages as chat APIs write them (`[{role, content, tool_calls?}]`, what `gen_ai.prompt` held before 1.28).

    Messages that have parts already pass unchanged; anything else becomes one text message of the given role.
    """
    value = parse_json(text) if text[:1] in ("[", "{") else None
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if not isinstance(value, list) or not value or not all(_is_message(item) for item in value):
        return write_text(role, text)
    return dump_json([_convert_message(cast(Message, item), role) for item in value])


def _is_message(item: object) -> bool:
    return isinstance(item, dict) and not {"content", "parts", "tool_calls"}.isdisjoint(item)


def _convert_message(item: Message, role: str) -> Message:
    if "parts" in item:
        return item
    content = item.get("content")
    call_id = item.get("tool_call_id")
    parts: list[Part] = []
    if isinstance(call_id, str) and call_id:
        parts.append(tool_response_part(call_id, content))
    elif isinstance(content, list):
        parts.extend(_convert_content(piece) for piece in content)
    elif content not in (None, ""):
        parts.append(text_part(content))
    calls = item.get("tool_calls")
    if isinstance(calls, list):
        parts.extend(_convert_call(call) for call in calls if isinstance(call, dict))
    message: Message = {"role": item.get("role") or role, "parts": parts}
    for key in ("name", "finish_reason"):
        if item.get(key):
            message[key] = item[key]
    return message


def _convert_content(piece: object) -> Part:
    if not isinstance(piece, dict):
        return text_part(piece)
    if piece.get("type") == "text" and "text" in piece:
        return text_part(piece["text"])
    return piece


def _convert_call(call: Message) -> Part:
    function = call.get("function")
    source = function if isinstance(function, dict) else call
    return tool_call_part(str(call.get("id") or ""), str(source.get("name") or ""), source.get("arguments"))


def _with_mime(part: Part, mime_type: str) -> Part:
    if mime_type:
        part["mime_type"] = mime_type
    return part
