"""The originals of one span: what stood where the redactor put something else. Only written sealed (vault/seal.py).

An `Original` says how one redacted text becomes the text that the agent sent. JSON, as short as it can be:

    [[column, path, CRC-32 of the redacted text, [[start, length, original text], …]], …]

`path` is empty for a text, [number] in a list, [key] in a map, [number, key] in a list of maps; a last item null means
the key itself. `start` and `length` count characters of the redacted text. An original that was too large is null.
"""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import orjson

Path = tuple[str | int | None, ...]


class Change(NamedTuple):
    """`length` characters from `start` of the redacted text stand for `original`; None when it was not kept."""

    start: int
    length: int
    original: str | None


class Original(NamedTuple):
    """One redacted text: where it is, its checksum, and what was changed in it, from left to right."""

    column: str
    path: Path
    checksum: int
    changes: tuple[Change, ...]


class SpanOriginals(NamedTuple):
    """All originals of one span, or of one log record, and what they belong to."""

    tenant: str
    trace_id: str
    span_id: str
    record_id: str
    originals: Sequence[Original]


def checksum_text(redacted: str) -> int:
    """By which a redacted text is known again."""
    return zlib.crc32(redacted.encode("utf-8", "replace"))


def restore_text(redacted: str, original: Original) -> str | None:
    """The text as it was sent, save what was not kept; None when `redacted` is not the text that was sealed."""
    if checksum_text(redacted) != original.checksum:
        return None
    pieces: list[str] = []
    at = 0
    for start, length, text in original.changes:
        pieces += (redacted[at:start], redacted[start : start + length] if text is None else text)
        at = start + length
    return "".join((*pieces, redacted[at:]))


def encode_originals(originals: Sequence[Original]) -> bytes:
    """The originals as JSON."""
    rows = [(name, path, crc, [tuple(change) for change in changes]) for name, path, crc, changes in originals]
    return orjson.dumps(rows)


def decode_originals(data: bytes) -> list[Original]:
    """What `encode_originals` wrote."""
    return [
        Original(name, tuple(path), checksum, tuple(Change(*change) for change in changes))
        for name, path, checksum, changes in orjson.loads(data)
    ]
