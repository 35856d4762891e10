"""The walker hands over the original of every value that it replaces, with its place, and only where it is wanted."""

import random
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest

from redaction.originals import MOST_CHARACTERS
from redaction.redactor import Redactor
from redaction.walk import redact_spans
from schema.batch import INPUT_COLUMNS
from schema.columns import BY_NAME, Scan
from schema.originals import SpanOriginals, restore_text
from tests.redaction.test_walk import CANARY, PLANTED, make_batch


class Keep:
    """Stands where the sealer does, and keeps what it gets."""

    def __init__(self, environments: Sequence[str] = ("",)) -> None:
        self.spans: list[SpanOriginals] = []
        self._environments = environments

    def wants(self, tenant: str, environment: str) -> bool:
        return tenant == "t" and environment in self._environments

    def seal(self, spans: Sequence[SpanOriginals]) -> list[bytes]:
        self.spans += spans
        return [f"seal {number}".encode() for number in range(len(spans))]


def find_text(row: dict[str, Any], column: str, path: Sequence[Any]) -> str:
    """The redacted text at a place of a row, as Arrow gives it: maps are lists of pairs."""
    value = row[column]
    for number, part in enumerate(path):
        if part is None:
            break
        if isinstance(part, int):
            value = value[part]
        elif number + 1 < len(path):  # the key itself
            value = next(key for key, _ in value if key == part)
        else:
            value = dict(value)[part]
    return str(value)


@pytest.mark.parametrize("name", [name for name in INPUT_COLUMNS if BY_NAME[name].scan is not Scan.NONE])
def test_every_place_is_handed_over(redactor: Redactor, name: str) -> None:
    planted = PLANTED[BY_NAME[name].scan]
    keep = Keep(("", f"see {CANARY}"))
    batch = redact_spans(
        make_batch(TraceId="a" * 32, SpanId="b" * 16, **{name.replace(".", "__"): planted}), redactor, keep
    )
    (row,) = batch.table.to_pylist()
    (span,) = keep.spans
    assert span[:4] == ("t", "a" * 32, "b" * 16, "")
    assert row["Sealed"] == b"seal 0"
    restored = [restore_text(find_text(row, name, one.path), one) for one in span.originals]
    assert restored == {
        Scan.TEXT: [f"see {CANARY}"], Scan.TEXTS: [CANARY], Scan.MAP: [CANARY, CANARY], Scan.MAPS: [CANARY]
    }[BY_NAME[name].scan]  # fmt: skip
    assert {one.column for one in span.originals} == {name}


def test_a_text_from_the_cache_is_handed_over_again(redactor: Redactor) -> None:
    keep = Keep()
    for _ in range(2):
        redact_spans(make_batch(2, StatusMessage=f"see {CANARY}", UserId=CANARY), redactor, keep)
    assert len(keep.spans) == 4
    assert all(
        [change.original for one in span.originals for change in one.changes] == [CANARY] * 2 for span in keep.spans
    )


def test_nothing_is_handed_over_where_it_is_not_wanted(redactor: Redactor) -> None:
    keep = Keep(["production"])
    batch = make_batch(2, StatusMessage=f"see {CANARY}")
    batch.columns["Environment"] = ["production", "staging"]
    redacted = redact_spans(batch, redactor, keep)
    assert len(keep.spans) == 1
    assert redacted.table["Sealed"].to_pylist() == [b"seal 0", b""]
    assert redact_spans(batch, redactor).table["Sealed"].to_pylist() == [b"", b""]


def test_a_span_without_findings_has_no_seal(redactor: Redactor) -> None:
    keep = Keep()
    assert redact_spans(make_batch(StatusMessage="all well"), redactor, keep).table["Sealed"].to_pylist() == [b""]
    assert keep.spans == []


def test_what_is_too_large_is_left_out_and_the_rest_kept(redactor: Redactor) -> None:
    """A blob of over a mebibyte of base64, which the default policy drops."""
    blob = b64encode(random.Random(1).randbytes(MOST_CHARACTERS)).decode()
    keep = Keep()
    redact_spans(make_batch(ToolResult=blob, UserId=CANARY), redactor, keep)
    (span,) = keep.spans
    assert {one.column: [change.original for change in one.changes] for one in span.originals} == {
        "ToolResult": [None], "UserId": [CANARY]
    }  # fmt: skip
