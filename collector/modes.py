"""Mode `metadata`: what was said is taken out before anything else sees it, so that it is never journalled."""

from typing import Any

from schema.batch import SpanBatch
from schema.columns import PAYLOAD_COLUMNS
from schema.lifetimes import Mode, RetentionPolicy

TEXTS = ("StatusMessage",)
"""An error's message quotes what it stumbled over; its type stays."""
LISTS = ("Scores.Explanation",)
MAPS = ("Events.Attributes",)


def strip_payloads(batch: SpanBatch, retention: RetentionPolicy) -> None:
    """Empty the payloads of every row whose tenant and environment keep metadata only. Changes the batch's columns."""
    columns = batch.columns
    owners = list(zip(columns["Tenant"], columns["Environment"], strict=True))
    bare = {owner for owner in set(owners) if retention.mode(*owner) is Mode.METADATA}
    if not bare:
        return
    rows = [row for row, owner in enumerate(owners) if owner in bare]
    for name in (*PAYLOAD_COLUMNS, *TEXTS, *LISTS, *MAPS):
        values = list(columns[name])  # columns may be shared
        for row in rows:
            values[row] = _empty(name, values[row])
        columns[name] = values


def _empty(name: str, value: Any) -> Any:
    if name in LISTS:
        return [""] * len(value)
    if name in MAPS:
        return [{} for _ in value]
    return {} if isinstance(value, dict) else ""
