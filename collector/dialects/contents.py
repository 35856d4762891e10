"""Dialects that have one input and one output attribute for every kind of step: what they mean goes by the kind."""

from collector import steps
from collector.dialects.messages import ASSISTANT, USER, convert_chat, write_text
from collector.dialects.values import dump_json, parse_json, read_json, unquote_text
from collector.spans import Attributes
from collector.steps import Step

_CALLS = frozenset({steps.MODEL_CALL, steps.EMBEDDING})


def absorb_chat(step: Step, attributes: Attributes, name: str, field: str, role: str) -> None:
    """Fill a field with the messages that an attribute holds, in whatever shape."""
    text = read_json(attributes.get(name))
    if text and not getattr(step, field):
        messages = convert_chat(text, role)
        if messages:
            setattr(step, field, messages)
            step.absorbed.add(name)


def absorb_input(step: Step, attributes: Attributes, name: str) -> None:
    """Arguments of a tool, messages of a model call, one text of the user for any other step."""
    if step.step_type == steps.TOOL_CALL:
        _absorb_raw(step, attributes, name, "tool_arguments")
    elif step.step_type in _CALLS:
        absorb_chat(step, attributes, name, "input_messages", USER)
    else:
        _absorb_text(step, attributes, name, "input_messages", USER)


def absorb_output(step: Step, attributes: Attributes, name: str) -> None:
    """Result of a tool, reply of a model, documents of a retrieval, one text for any other step."""
    if step.step_type == steps.TOOL_CALL:
        _absorb_raw(step, attributes, name, "tool_result")
    elif step.step_type in _CALLS:
        absorb_chat(step, attributes, name, "output_messages", ASSISTANT)
    elif step.step_type != steps.RETRIEVAL or not _absorb_documents(step, attributes, name):
        _absorb_text(step, attributes, name, "output_messages", ASSISTANT)


def _absorb_raw(step: Step, attributes: Attributes, name: str, field: str) -> None:
    text = read_json(attributes.get(name))
    if text and not getattr(step, field):
        setattr(step, field, unquote_text(text))
        step.absorbed.add(name)


def _absorb_text(step: Step, attributes: Attributes, name: str, field: str, role: str) -> None:
    text = read_json(attributes.get(name))
    if text and not getattr(step, field):
        written = write_text(role, unquote_text(text))
        if written:
            setattr(step, field, written)
            step.absorbed.add(name)


def _absorb_documents(step: Step, attributes: Attributes, name: str) -> bool:
    text = read_json(attributes.get(name))
    value = parse_json(text) if text[:1] in ("[", "{") else None
    if isinstance(value, dict):
        value = next((inner for key in ("output", "documents") if isinstance(inner := value.get(key), list)), None)
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return False
    step.documents = step.documents or dump_json([_convert_document(item) for item in value])
    if step.documents:
        step.absorbed.add(name)
    return bool(step.documents)


def _convert_document(item: dict[str, object]) -> dict[str, object]:
    """`{id, score, content, metadata}` out of LangChain's `page_content` or whatever it was."""
    if "page_content" not in item:
        return item
    document = {key: item[key] for key in ("id", "score") if item.get(key) is not None}
    return document | {"content": item["page_content"], "metadata": item.get("metadata") or {}}
