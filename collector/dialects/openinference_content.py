"""What OpenInference spans say: messages, documents, scores, and the input and output of any other kind."""

from collector import steps
from collector.dialects.flattened import FlattenedLists, Item
from collector.dialects.messages import ASSISTANT, USER, Message, write_text, write_texts
from collector.dialects.parts import Part, media_part, text_part, tool_call_part, tool_response_part
from collector.dialects.tables import Table, fill_contents
from collector.dialects.values import dump_json, embed_json, read_json, read_number, read_text
from collector.spans import Attributes
from collector.steps import Score, Step

_INPUT = "llm.input_messages."
_OUTPUT = "llm.output_messages."
_PROMPTS = "llm.prompts."
_CHOICES = "llm.choices."
_EMBEDDINGS = "embedding.embeddings."
_FOUND = "retrieval.documents."
_RERANKED = "reranker.output_documents."
_SCORES = (
    ("evaluations.", "evaluation"),
    ("annotations.", "annotation"),
    ("trace.evaluations.", "evaluation"),
    ("trace.annotations.", "annotation"),
)
_LISTS = FlattenedLists(
    _INPUT, _OUTPUT, _PROMPTS, _CHOICES, _EMBEDDINGS, _FOUND, _RERANKED, *(prefix for prefix, _ in _SCORES)
)
_PLAIN = frozenset({"message.role", "message.content"})
_MODALITIES = ("image", "audio", "video")
_TOOL_CONTENTS: Table = (
    ("input.value", "tool_arguments"),
    ("output.value", "tool_result"),
)


def read_contents(attributes: Attributes, step: Step) -> None:
    """Fill what was said and done; better forms first, then the raw input and output of the span."""
    lists = _LISTS.collect(attributes)
    if lists:
        _read_messages(lists, step)
        _read_documents(lists, step)
        _read_scores(lists, step)
    if step.step_type == steps.TOOL_CALL:
        fill_contents(step, attributes, _TOOL_CONTENTS)
    else:
        _read_input(attributes, step)
        _read_output(attributes, step)


def _read_messages(lists: dict[str, list[Item]], step: Step) -> None:
    if not step.input_messages:
        step.input_messages = (
            _write_messages(lists.get(_INPUT), USER, step)
            or _write_leaves(lists.get(_PROMPTS), "prompt.text", USER, step)
            or _write_leaves(lists.get(_EMBEDDINGS), "embedding.text", USER, step)
        )
    if not step.output_messages:
        step.output_messages = _write_messages(lists.get(_OUTPUT), ASSISTANT, step) or _write_leaves(
            lists.get(_CHOICES), "completion.text", ASSISTANT, step
        )


def _write_messages(items: list[Item] | None, role: str, step: Step) -> str:
    """The messages as JSON text; empty when there are none, or none that says anything."""
    if not items:
        return ""
    messages = [_build_message(item, role) for item in items]
    if not messages[0]["parts"] and not any(message["parts"] for message in messages):
        return ""
    return _keep(dump_json(messages), items, step)


def _write_leaves(items: list[Item] | None, path: str, role: str, step: Step) -> str:
    """One message for each item that has this text."""
    if not items:
        return ""
    texts = [text for item in items if (text := read_text(item.take(path)))]
    return _keep(write_texts(role, texts), items, step) if texts else ""


def _keep(text: str, items: list[Item], step: Step) -> str:
    """Mark what the items gave as moved, if it is really in the text."""
    if text:
        step.absorbed |= items[0].taken
    return text


def _build_message(item: Item, default_role: str) -> Message:
    message: Message = {"role": read_text(item.take("message.role")) or default_role}
    if item.holds_only(_PLAIN):
        plain = item.take("message.content")
        message["parts"] = [] if plain in (None, "") else [text_part(plain)]
        return message
    parts = [part for content in item.items("message.contents.") if (part := _build_part(content))]
    text = item.take("message.content")
    call_id = read_text(item.take("message.tool_call_id"))
    if call_id:
        parts = [tool_response_part(call_id, parts if text is None else text)]
    elif text not in (None, "") and not any(part.get("content") == text for part in parts):
        parts.insert(0, text_part(text))
    parts.extend(_build_call(call) for call in item.items("message.tool_calls."))
    function = read_text(item.take("message.function_call_name"))
    if function:
        parts.append(tool_call_part("", function, item.take("message.function_call_arguments_json")))
    message["parts"] = parts
    name = read_text(item.take("message.name"))
    if name:
        message["name"] = name
    return message


def _build_part(content: Item) -> Part | None:
    """One item of a message's contents; None, and nothing taken, when its kind is not known."""
    for modality in _MODALITIES:
        path = f"message_content.{modality}.{modality}."
        url = read_text(content.take(path + "url"))
        if url:
            content.take("message_content.type")
            return media_part(modality, url, read_text(content.take(path + "mime_type")))
    if content.look("message_content.text") is None:
        return None
    kind = read_text(content.take("message_content.type")) or "text"
    return {"type": kind, "content": content.take("message_content.text")}


def _build_call(call: Item) -> Part:
    return tool_call_part(
        read_text(call.take("tool_call.id")),
        read_text(call.take("tool_call.function.name")),
        call.take("tool_call.function.arguments"),
    )


def _read_documents(lists: dict[str, list[Item]], step: Step) -> None:
    """Documents found, or documents as reranked: `[{id, score, content, metadata}]`, each with what it has."""
    items = lists.get(_FOUND) or lists.get(_RERANKED)
    if step.documents or not items:
        return
    documents = [_build_document(item) for item in items]
    step.documents = _keep(dump_json([document for document in documents if document]), items, step)


def _build_document(item: Item) -> Message:
    document: Message = {}
    for name in ("id", "score", "content", "metadata"):
        value = item.take(f"document.{name}")
        if value is not None:
            document[name] = embed_json(value) if name == "metadata" else value
    return document


def _read_scores(lists: dict[str, list[Item]], step: Step) -> None:
    if step.scores:
        return
    for prefix, noun in _SCORES:
        if prefix in lists:
            step.scores.extend(_build_score(item, noun) for item in lists[prefix])


def _build_score(item: Item, noun: str) -> Score:
    return Score(
        name=read_text(item.look(f"{noun}.name")),
        value=read_number(item.look(f"{noun}.score")),
        label=read_text(item.look(f"{noun}.label")),
        explanation=read_text(item.look(f"{noun}.explanation")),
    )


def _read_input(attributes: Attributes, step: Step) -> None:
    """A query, or the raw input: one text of the user. A model call's messages are better, and its input stays."""
    if step.input_messages:
        return
    for name in ("reranker.query", "input.value"):
        text = read_json(attributes.get(name))
        if text:
            step.input_messages = _absorb_text(USER, text, name, step)
            return


def _read_output(attributes: Attributes, step: Step) -> None:
    text = read_json(attributes.get("output.value"))
    if text and not step.output_messages and not step.documents:
        step.output_messages = _absorb_text(ASSISTANT, text, "output.value", step)


def _absorb_text(role: str, text: str, name: str, step: Step) -> str:
    messages = write_text(role, text)
    if messages:
        step.absorbed.add(name)
    return messages
