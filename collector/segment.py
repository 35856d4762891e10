"""The format of a journal segment, and how to read one back.

    file   = header, record*
    header = "RUNVAULT", format version u16, length of the JSON u16, JSON {"created_ns", "policy"}
    record = "RVRB", payload length u32, rows u32, CRC-32 of the payload u32, payload
    payload = one Arrow IPC stream in `schema.columns.JOURNAL_SCHEMA`, buffers compressed with lz4

All numbers little-endian. A record is whole or it is not there: a tail cut off by a crash was never acknowledged.
"""

import json
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from schema.batch import RedactedBatch
from schema.errors import JournalError

MAGIC = b"RUNVAULT"
FORMAT_VERSION = 1
RECORD_MAGIC = b"RVRB"
_HEADER = struct.Struct("<8sHH")
_RECORD = struct.Struct("<4sIII")
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(slots=True)
class Segment:
    """What a segment file holds: whole records, and where it stops making sense (None: it is whole)."""

    batches: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    broken_at: int | None = None


def encode_header(created_ns: int, policy_version: str) -> bytes:
    """First bytes of a segment."""
    body = json.dumps({"created_ns": created_ns, "policy": policy_version}).encode()
    return _HEADER.pack(MAGIC, FORMAT_VERSION, len(body)) + body


def encode_record(batch: RedactedBatch) -> bytes:
    """One batch as a record."""
    sink = pa.BufferOutputStream()
    table: pa.Table = batch.table
    with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
        writer.write_table(table)
    payload = sink.getvalue()
    data: bytes = payload.to_pybytes()
    return _RECORD.pack(RECORD_MAGIC, len(data), len(batch), zlib.crc32(data)) + data


def read_segment(path: Path) -> Segment:
    """Read every whole record of a segment; stop at the first that is cut or damaged and say where.

    Raises JournalError when the file is not a segment, or of a format this program does not know.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JournalError(f"cannot read {path.name}: {error.strerror}") from error
    offset = _skip_header(data, path.name)
    segment = Segment()
    while offset < len(data):
        payload = _read_payload(data, offset)
        if payload is None:
            segment.broken_at = offset
            return segment
        try:
            table = pa.ipc.open_stream(payload).read_all()
        except pa.ArrowInvalid:
            segment.broken_at = offset
            return segment
        segment.batches.append(table)
        segment.rows += table.num_rows
        offset += _RECORD.size + len(payload)
    return segment


def find_tail(data: bytes) -> int:
    """Length of the part of a segment's bytes that is whole records (0: not even the header is whole)."""
    try:
        offset = _skip_header(data, "")
    except JournalError:
        return 0
    while offset < len(data):
        payload = _read_payload(data, offset)
        if payload is None:
            break
        offset += _RECORD.size + len(payload)
    return offset


def _skip_header(data: bytes, name: str) -> int:
    if len(data) < _HEADER.size:
        raise JournalError(f"{name} is too short to be a segment")
    magic, version, length = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise JournalError(f"{name} is not a segment")
    if version != FORMAT_VERSION:
        raise JournalError(f"{name} has format {version}; this program reads {FORMAT_VERSION}")
    if len(data) < _HEADER.size + length:
        raise JournalError(f"{name} is cut in its header")
    return int(_HEADER.size + length)


def _read_payload(data: bytes, offset: int) -> memoryview | None:
    if offset + _RECORD.size > len(data):
        return None
    magic, length, _rows, checksum = _RECORD.unpack_from(data, offset)
    start = offset + _RECORD.size
    if magic != RECORD_MAGIC or start + length > len(data):
        return None
    payload = memoryview(data)[start : start + length]
    return payload if zlib.crc32(payload) == checksum else None
