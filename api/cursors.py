"""Opaque cursors: where the next page begins, as base64url of JSON."""

import base64
import binascii
from dataclasses import dataclass

import orjson

from api.problems import InvalidFieldError
from api.times import MAX_NS, MIN_NS

_MAX_OFFSET = 2**31


@dataclass(frozen=True, slots=True)
class RunCursor:
    """The last run of a page: start in nanoseconds, then id."""

    started_ns: int
    run_id: str


def encode_run_cursor(cursor: RunCursor) -> str:
    """Text of a run cursor."""
    return _encode([cursor.started_ns, cursor.run_id])


def decode_run_cursor(text: str) -> RunCursor:
    """The run cursor of a text. Raises InvalidFieldError."""
    match _decode(text):
        case [int(started_ns), str(run_id)] if MIN_NS <= started_ns <= MAX_NS:
            return RunCursor(started_ns, run_id)
    raise InvalidFieldError("cursor", "is not one that this service gave out")


@dataclass(frozen=True, slots=True)
class AuditCursor:
    """The last entry of a page: its time in microseconds, its chain and its number."""

    at_micros: int
    chain: str
    seq: int


def encode_audit_cursor(cursor: AuditCursor) -> str:
    """Text of a cursor in the audit trail."""
    return _encode([cursor.at_micros, cursor.chain, cursor.seq])


def decode_audit_cursor(text: str) -> AuditCursor:
    """The audit cursor of a text. Raises InvalidFieldError."""
    match _decode(text):
        case [int(at_micros), str(chain), int(seq)] if 0 <= at_micros <= MAX_NS // 1000 and 0 <= seq < 2**64:
            return AuditCursor(at_micros, chain, seq)
    raise InvalidFieldError("cursor", "is not one that this service gave out")


def encode_offset(offset: int) -> str:
    """Text of a position in a list of groups."""
    return _encode([offset])


def decode_offset(text: str) -> int:
    """The position of a text. Raises InvalidFieldError."""
    match _decode(text):
        case [int(offset)] if 0 <= offset < _MAX_OFFSET:
            return offset
    raise InvalidFieldError("cursor", "is not one that this service gave out")


def _encode(place: list[int | str]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def _decode(text: str) -> object:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        return None
