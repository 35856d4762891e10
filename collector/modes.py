"""Mode `metadata`: what was said is taken out before anything else sees it, so that it is never journalled."""

import re
from functools import lru_cache
from typing import Any

from schema.batch import SpanBatch, TextMap
from schema.columns import PAYLOAD_COLUMNS
from schema.lifetimes import Mode, RetentionPolicy

TEXTS = ("StatusMessage",)
"""An error's message quotes what it stumbled over; its type stays."""
LISTS = ("Scores.Explanation",)
MAPS = ("Events.Attributes",)
REASONS = ("PolicyReason", "OutcomeReason")
"""A code stays, a sentence goes."""
ATTRIBUTES = ("SpanAttributes", "ResourceAttributes", "ScopeAttributes")
LINKS = "Links.Attributes"

_WORD = re.compile(r"[A-Za-z0-9_.:/+@=#-]{1,64}", re.ASCII)
"""An id, a number, a model's or tool's name, a version, a path: nothing that says a sentence in any script."""
_TALKING = frozenset(
    {
        "answer", "args", "arguments", "body", "command_args", "completion", "content", "contents", "context", "data",
        "description", "document", "documents", "expected_output", "explanation", "goal", "input", "inputs",
        "instructions", "label", "message", "messages", "msg", "note", "output", "outputs", "parameters", "prompt",
        "query", "question", "reason", "request", "response", "result", "results", "statement", "summary", "text",
        "user_prompt", "value",
    }
)  # fmt: skip
"""Last parts of names whose values are what was said, however short."""


def strip_payloads(batch: SpanBatch, retention: RetentionPolicy) -> None:
    """Empty the payloads of every row whose tenant and environment keep metadata only. Changes the batch's columns.

    Of attributes, the names all stay, and the values that are one plain word under a name that promises no text: no
    list of names could foresee what an agent's author writes into an attribute of his own.
    """
    columns = batch.columns
    owners = list(zip(columns["Tenant"], columns["Environment"], strict=True))
    bare = {owner for owner in set(owners) if retention.mode(*owner) is Mode.METADATA}
    if not bare:
        return
    rows = [row for row, owner in enumerate(owners) if owner in bare]
    for name in (*PAYLOAD_COLUMNS, *TEXTS, *LISTS, *MAPS, *REASONS, *ATTRIBUTES, LINKS):
        values = list(columns[name])  # columns may be shared
        for row in rows:
            values[row] = _strip(name, values[row])
        columns[name] = values


def _strip(name: str, value: Any) -> Any:
    if name in ATTRIBUTES:
        return _keep_words(value)
    if name == LINKS:
        return [_keep_words(attributes) for attributes in value]
    if name in REASONS:
        return value if _WORD.fullmatch(value) else ""
    if name in LISTS:
        return [""] * len(value)
    if name in MAPS:
        return [{} for _ in value]
    return {} if isinstance(value, dict) else ""


def _keep_words(attributes: TextMap) -> TextMap:
    return {key: text if _WORD.fullmatch(text) and not _talks(key) else "" for key, text in attributes.items()}


@lru_cache(maxsize=4096)
def _talks(key: str) -> bool:
    return key.rpartition(".")[2].lower() in _TALKING
