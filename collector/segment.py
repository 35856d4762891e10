"""The format of a journal segment, and how to read one back.

    file   = header, record*
    header = "RUNVAULT", format version u16, length of the JSON u16, its CRC-32 u32, JSON {"created_ns", "policy"}
    record = "RVRB", payload length u32, rows u32, CRC-32 of these two and the payload u32, payload
    payload = one Arrow IPC stream in `schema.columns.JOURNAL_SCHEMA`, buffers compressed with lz4

All numbers little-endian. A record is whole or it is not there: a tail cut off by a crash was never acknowledged.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from schema.batch import RedactedBatch
from schema.errors import JournalError

MAGIC = b"RUNVAULT"
FORMAT_VERSION = 1
RECORD_MAGIC = b"RVRB"
_HEADER = struct.Struct("<8sHHI")
_RECORD = struct.Struct("<4sIII")
_COUNTS = struct.Struct("<II")
# a buffer at a time: handing each of a batch's hundreds of small ones to a pool of threads cost as much as packing them
_WRITING = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
_READING = pa.ipc.IpcReadOptions(use_threads=False)


@dataclass(slots=True)
class Segment:
    """What a segment file holds: its whole records, and the first place that makes no sense (None: all of it does)."""

    batches: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    broken_at: int | None = None


def encode_header(created_ns: int, policy_version: str) -> bytes:
    """First bytes of a segment."""
    body = json.dumps({"created_ns": created_ns, "policy": policy_version}).encode()
    return _HEADER.pack(MAGIC, FORMAT_VERSION, len(body), zlib.crc32(body)) + body


def encode_record(batch: RedactedBatch) -> bytes:
    """One batch as a record."""
    sink = pa.BufferOutputStream()
    table: pa.Table = batch.table
    with pa.ipc.new_stream(sink, table.schema, options=_WRITING) as writer:
        writer.write_table(table)
    payload = memoryview(sink.getvalue())
    head = _RECORD.pack(RECORD_MAGIC, len(payload), len(batch), _checksum(payload, len(batch)))
    return b"".join((head, payload))


def read_segment(path: Path) -> Segment:
    """Read every whole record of a segment. A damaged record is passed over and its place told; a cut one ends it.

    Raises JournalError when the file is not a segment, or of a format this program does not know; OSError when it
    cannot be read.
    """
    segment = Segment()
    for offset, table in walk_segment(path):
        if table is not None:
            segment.batches.append(table)
            segment.rows += table.num_rows
        elif segment.broken_at is None:
            segment.broken_at = offset
    return segment


def walk_segment(path: Path) -> Iterator[tuple[int, pa.Table | None]]:
    """Offset and spans of each record, one at a time: unpacked, a segment may be many times its size on disk.

    None stands for bytes that are no whole record. Raises as `read_segment` does.
    """
    data = path.read_bytes()
    for offset, payload in _walk_records(data, _skip_header(data, path.name)):
        yield offset, _read_table(payload)


def find_tail(data: bytes) -> int:
    """Where the torn tail of an unfinished segment begins; the length of the data when there is none, 0 without header.

    Torn is what is cut off, or zeros that a power cut left: it was never acknowledged. What is there but damaged may
    have been acknowledged, and is no tail.
    """
    if not data.strip(b"\0"):
        return 0
    if len(data) < _HEADER.size or len(data) < _HEADER.size + _HEADER.unpack_from(data)[2]:
        return len(data) if RECORD_MAGIC in data else 0
    end = _HEADER.size + int(_HEADER.unpack_from(data)[2])
    for offset, payload in _walk_records(data, end):
        if payload is not None:
            end = offset + _RECORD.size + len(payload)
        elif RECORD_MAGIC.startswith(data[offset : offset + len(RECORD_MAGIC)]):
            end = _find_end(data, offset) or offset
        elif data[offset:].strip(b"\0"):
            end = len(data)
    return end


def _walk_records(data: bytes, offset: int) -> Iterator[tuple[int, memoryview | None]]:
    """Offset and payload of each record; None for bytes that are none, up to the next whole record."""
    while offset < len(data):
        payload = _read_payload(data, offset)
        yield offset, payload
        offset = _find_record(data, offset + 1) if payload is None else offset + _RECORD.size + len(payload)


def _find_record(data: bytes, offset: int) -> int:
    """Where the next whole record begins; the end of the data when there is none."""
    while (offset := data.find(RECORD_MAGIC, offset)) >= 0:
        if _read_payload(data, offset) is not None:
            return offset
        offset += 1
    return len(data)


def _find_end(data: bytes, offset: int) -> int | None:
    """Where a record ends by its own word; None when it is cut."""
    if offset + _RECORD.size > len(data):
        return None
    end = offset + _RECORD.size + int(_RECORD.unpack_from(data, offset)[1])
    return end if end <= len(data) else None


def _read_table(payload: memoryview | None) -> pa.Table | None:
    if payload is None:
        return None
    try:
        return pa.ipc.open_stream(payload, options=_READING).read_all()
    except pa.ArrowInvalid:
        return None


def _skip_header(data: bytes, name: str) -> int:
    if len(data) < _HEADER.size:
        raise JournalError(f"{name} is too short to be a segment")
    magic, version, length, checksum = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise JournalError(f"{name} is not a segment")
    if version != FORMAT_VERSION:
        raise JournalError(f"{name} has format {version}; this program reads {FORMAT_VERSION}")
    if len(data) < _HEADER.size + length:
        raise JournalError(f"{name} is cut in its header")
    if zlib.crc32(data[_HEADER.size : _HEADER.size + length]) != checksum:
        raise JournalError(f"{name} has a damaged header")
    return int(_HEADER.size + length)


def _read_payload(data: bytes, offset: int) -> memoryview | None:
    if offset + _RECORD.size > len(data):
        return None
    magic, length, rows, checksum = _RECORD.unpack_from(data, offset)
    start = offset + _RECORD.size
    if magic != RECORD_MAGIC or start + length > len(data):
        return None
    payload = memoryview(data)[start : start + length]
    return payload if _checksum(payload, rows) == checksum else None


def _checksum(payload: bytes | memoryview, rows: int) -> int:
    return zlib.crc32(payload, zlib.crc32(_COUNTS.pack(len(payload), rows)))
