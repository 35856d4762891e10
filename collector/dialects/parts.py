"""Parts of a message as model providers and frameworks write them, turned into OpenTelemetry's parts.

OpenAI (chat and responses), Anthropic, Gemini, Bedrock and the AI SDK name the same five things differently: text,
reasoning, a tool call, a tool's answer, and a medium. What is none of them stays as it was sent.
"""

from collector.dialects.values import embed_json, read_text

Part = dict[str, object]


def text_part(text: object) -> Part:
    """A part that is text."""
    return {"type": "text", "content": text}


def reasoning_part(text: object) -> Part:
    """A part that is the model's reasoning."""
    return {"type": "reasoning", "content": text}


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


def convert_part(piece: object) -> Part:
    """A part of a message, whoever's spelling it is in."""
    if not isinstance(piece, dict):
        return text_part(piece)
    kind = piece.get("type")
    if isinstance(kind, str) and kind:
        return _convert_typed(kind, piece)
    return _convert_keyed(piece)


def _convert_typed(kind: str, piece: Part) -> Part:
    """OpenAI, Anthropic and the AI SDK name the type of a part."""
    if kind in ("text", "input_text", "output_text"):
        return text_part(piece["text"]) if "text" in piece else piece
    if kind in ("thinking", "reasoning") and "content" not in piece:
        return reasoning_part(piece.get("thinking") or piece.get("text") or piece.get("summary") or "")
    if kind in ("tool_use", "tool-call", "function_call"):
        call_id = piece.get("toolCallId") or piece.get("call_id") or piece.get("id")
        name = piece.get("toolName") or piece.get("name")
        return tool_call_part(read_text(call_id), read_text(name), _first(piece, "input", "args", "arguments"))
    if kind in ("tool_result", "tool-result", "function_call_output"):
        call_id = piece.get("toolCallId") or piece.get("call_id") or piece.get("tool_use_id")
        return tool_response_part(read_text(call_id), _first(piece, "output", "result", "content"))
    if kind in ("image_url", "input_image"):
        image = piece.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        return media_part("image", read_text(url)) if url else piece
    source = piece.get("source")
    if kind == "image" and isinstance(source, dict) and isinstance(source.get("data"), str):
        part: Part = {"type": "blob", "modality": "image", "content": source["data"]}
        return _with_mime(part, read_text(source.get("media_type")))
    return piece


def _convert_keyed(piece: Part) -> Part:
    """Gemini and Bedrock have one key that says what a part is."""
    if "text" in piece:
        return reasoning_part(piece["text"]) if piece.get("thought") is True else text_part(piece["text"])
    call = _first(piece, "functionCall", "function_call")
    if isinstance(call, dict):
        return tool_call_part(read_text(call.get("id")), read_text(call.get("name")), call.get("args"))
    answer = _first(piece, "functionResponse", "function_response")
    if isinstance(answer, dict):
        call_id = read_text(answer.get("id")) or read_text(answer.get("name"))
        return tool_response_part(call_id, answer.get("response"))
    used = piece.get("toolUse")
    if isinstance(used, dict):
        return tool_call_part(read_text(used.get("toolUseId")), read_text(used.get("name")), used.get("input"))
    result = piece.get("toolResult")
    if isinstance(result, dict):
        return tool_response_part(read_text(result.get("toolUseId")), result.get("content"))
    inline = _first(piece, "inlineData", "inline_data")
    if isinstance(inline, dict):
        mime_type = read_text(_first(inline, "mimeType", "mime_type"))
        part: Part = {"type": "blob", "modality": mime_type.partition("/")[0], "content": inline.get("data")}
        return _with_mime(part, mime_type)
    return piece


def _first(piece: Part, *names: str) -> object:
    return next((piece[name] for name in names if piece.get(name) is not None), None)


def _with_mime(part: Part, mime_type: str) -> Part:
    if mime_type:
        part["mime_type"] = mime_type
    return part
