"""OpenLLMetry's flattened messages: `gen_ai.prompt.N.*` and `gen_ai.completion.N.*` (T1 of dialects.md)."""

from collector.dialects.flattened import FlattenedLists, Item
from collector.dialects.messages import ASSISTANT, USER, Message
from collector.dialects.parts import convert_part, text_part, tool_call_part, tool_response_part
from collector.dialects.values import dump_json, parse_json, read_text
from collector.spans import Attributes
from collector.steps import Step

_PROMPT = "gen_ai.prompt."
_COMPLETION = "gen_ai.completion."
_LISTS = FlattenedLists(_PROMPT, _COMPLETION)
_FIRST = (f"{_PROMPT}0.content", f"{_PROMPT}0.role", f"{_COMPLETION}0.role", f"{_COMPLETION}0.content")


def read_flattened(attributes: Attributes, step: Step) -> None:
    """Fill the messages, where there are any in this form."""
    if not any(name in attributes for name in _FIRST):
        return
    lists = _LISTS.collect(attributes)
    if not step.input_messages:
        step.input_messages = _write(lists.get(_PROMPT), USER, step)
    if not step.output_messages:
        step.output_messages = _write(lists.get(_COMPLETION), ASSISTANT, step)


def _write(items: list[Item] | None, role: str, step: Step) -> str:
    if not items:
        return ""
    text = dump_json([_build_message(item, role) for item in items])
    if text:
        step.absorbed |= items[0].taken
    return text


def _build_message(item: Item, default_role: str) -> Message:
    content = item.take("content")
    # content with parts is JSON in the text
    pieces = parse_json(content) if isinstance(content, str) and content.startswith("[{") else None
    call_id = read_text(item.take("tool_call_id"))
    if call_id:
        parts = [tool_response_part(call_id, content)]
    elif isinstance(pieces, list):
        parts = [convert_part(piece) for piece in pieces]
    else:
        parts = [] if content in (None, "") else [text_part(content)]
    for call in item.items("tool_calls."):
        name = read_text(call.take("name"))
        parts.append(tool_call_part(read_text(call.take("id")), name, call.take("arguments")))
    message: Message = {"role": read_text(item.take("role")) or default_role, "parts": parts}
    reason = read_text(item.take("finish_reason"))
    if reason:
        message["finish_reason"] = reason
    return message
