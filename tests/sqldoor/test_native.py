"""Format Native with the frames of a driver that names its revision, byte by byte (ClickHouse's Native format and
clickhouse-go's lib/proto/block.go)."""

import struct

import pytest

from schema.errors import StatementRefused
from sqldoor.native import frame_blocks, needs_frame, write_empty

INFO = bytes([1, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0])
"""is_overflows = 0, bucket_num = -1."""


def text(said: str) -> bytes:
    """A short text as ClickHouse writes it: its length, then its bytes."""
    return bytes([len(said.encode())]) + said.encode()


def u64(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}Q", *numbers)


COLUMNS = {
    "UInt8": b"\x01\x02",
    "DateTime64(9, 'UTC')": bytes(16),
    "Enum8('a,(' = 1, 'b' = 2)": b"\x01\x02",
    "Decimal(38, 12)": bytes(32),
    "Decimal(9, 2)": bytes(8),
    "FixedString(3)": b"abcdef",
    "String": text("hello") + text(""),
    "Nullable(String)": b"\x00\x01" + text("x") + text(""),
    "Array(UInt16)": u64(1, 3) + bytes(6),
    "Array(Array(String))": u64(1, 2) + u64(2, 2) + text("a") + text("b"),
    "Map(String, UInt8)": u64(1, 1) + text("k") + b"\x07",
    "Tuple(a String, `b c` UInt8)": text("x") + text("y") + b"\x01\x02",
    "Tuple(String, Array(UInt8))": text("x") + text("y") + u64(0, 1) + b"\x01",
    "SimpleAggregateFunction(sum, UInt64)": u64(1, 2),
    "IntervalDay": u64(1, 2),
    # version 1; an index of one byte with keys of its own (0x600 | 0); two keys, two rows
    "LowCardinality(String)": u64(1, 0x600, 2) + text("") + text("x") + u64(2) + b"\x00\x01",
    "LowCardinality(Nullable(String))": u64(1, 0x601, 1) + text("") + u64(2) + bytes(4),
    "Map(LowCardinality(String), String)": u64(1)
    + u64(1, 1)
    + u64(0x600, 1)
    + text("k")
    + u64(1)
    + b"\x00"
    + text("v"),
    "Array(LowCardinality(String))": u64(1) + u64(0, 0),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_each_column_gets_its_byte(kind: str) -> None:
    data = COLUMNS[kind]
    head, name, last = b"\x02\x02", text("c") + text(kind), text("z") + text("UInt8")
    block = head + name + data + last + b"\x08\x09"
    framed = INFO + head + name + b"\x00" + data + last + b"\x00\x08\x09"
    assert frame_blocks(block + block) == framed + framed


def test_long_texts_have_long_lengths() -> None:
    data = b"\xac\x02" + b"x" * 300  # 300 in LEB128
    assert frame_blocks(b"\x01\x01" + text("c") + text("String") + data).endswith(b"\x00" + data)


def test_a_block_without_rows() -> None:
    block = b"\x01\x00" + text("c") + text("LowCardinality(String)")
    assert frame_blocks(block) == INFO + block + b"\x00"
    assert write_empty([("c", "LowCardinality(String)")], 0) == block
    assert write_empty([("c", "LowCardinality(String)")], 54_460) == INFO + block + b"\x00"


@pytest.mark.parametrize("kind", ["JSON", "Dynamic", "Variant(String, UInt8)", "AggregateFunction(sum, UInt64)", "("])
def test_types_of_unknown_layout_are_refused(kind: str) -> None:
    with pytest.raises(StatementRefused, match="cast it to String") as error:
        frame_blocks(b"\x01\x01" + text("c") + text(kind) + bytes(8))
    assert error.value.code == 48


def test_old_drivers_get_the_engines_bytes() -> None:
    assert [needs_frame(revision) for revision in (0, 54_405, 54_454, 54_485)] == [False, False, True, True]
