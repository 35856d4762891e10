"""The originals of one span: what stood where the redactor put something else. Only written sealed (vault/seal.py).

An `Original` says how one redacted text becomes the text that the agent sent. JSON, numbers and texts apart, because
they pack better so:

    [[column, path, CRC-32 of the redacted text, [gap, …], [length, …], [original text, …]], …]

`path` is empty for a text, [number] in a list, [key] in a map, [number, key] in a list of maps; a last item null means
the key itself. A gap is how many characters of the redacted text stand between a change and the one before it. An
original that was too large is null.
"""

import zlib
from collections.abc import Iterator, Sequence
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
    return orjson.dumps([(name, path, crc, *_split_changes(changes)) for name, path, crc, changes in originals])


def decode_originals(data: bytes) -> list[Original]:
    """What `encode_originals` wrote."""
    return [
        Original(name, tuple(path), crc, tuple(_join_changes(gaps, lengths, texts)))
        for name, path, crc, gaps, lengths, texts in orjson.loads(data)
    ]


def _split_changes(changes: Sequence[Change]) -> tuple[list[int], list[int], list[str | None]]:
    ends = [0, *(change.start + change.length for change in changes)]
    gaps = [change.start - end for change, end in zip(changes, ends, strict=False)]
    return gaps, [change.length for change in changes], [change.original for change in changes]


def _join_changes(gaps: Sequence[int], lengths: Sequence[int], texts: Sequence[str | None]) -> Iterator[Change]:
    end = 0
    for gap, length, text in zip(gaps, lengths, texts, strict=True):
        yield Change(end + gap, length, text)
        end += gap + length
