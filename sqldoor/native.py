"""Format Native as a driver asks for it that names its protocol's revision (clickhouse-go).

The engine writes revision 0. From revision 51903 each block begins with a block info, and from 54454 each column's type
is followed by a byte that says whether its serialisation is a custom one: never, here. To put the byte in, the columns'
data must be measured; its layout is that of ClickHouse's `src/DataTypes/Serializations`.
"""

import re
from collections.abc import Iterable

from schema.errors import StatementRefused

WITH_BLOCK_INFO = 51_903
WITH_CUSTOM_SERIALISATION = 54_454
BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""Field 1, no overflow; field 2, bucket -1; end."""

_SIZES = {
    "Bool": 1, "Date": 2, "Date32": 4, "DateTime": 4, "DateTime64": 8, "Enum8": 1, "Enum16": 2, "IPv4": 4, "IPv6": 16,
    "UUID": 16, "Nothing": 1, "BFloat16": 2, "Time": 4, "Time64": 8,
    **{f"Int{bits}": bits // 8 for bits in (8, 16, 32, 64, 128, 256)},
    **{f"UInt{bits}": bits // 8 for bits in (8, 16, 32, 64, 128, 256)},
    **{f"Float{bits}": bits // 8 for bits in (32, 64)},
    **{f"Decimal{bits}": bits // 8 for bits in (32, 64, 128, 256)},
}  # fmt: skip
_TYPE = re.compile(r"(\w+)(?:\((.*)\))?", re.S)
_ADDITIONAL_KEYS = 0x200


def needs_frame(revision: int) -> bool:
    """Whether a driver of this revision expects more than the engine writes. (One of before the custom serialisations,
    clickhouse-connect, looks whether there is a block info.)"""
    return revision >= WITH_CUSTOM_SERIALISATION


def frame_blocks(data: bytes) -> bytes:
    """Blocks of revision 0 as blocks of revision 54454 and later. Raises StatementRefused for a type unknown here."""
    place, parts = 0, []
    while place < len(data):
        parts.append(BLOCK_INFO)
        begin = place
        columns, place = _read_number(data, place)
        rows, place = _read_number(data, place)
        parts.append(data[begin:place])
        for _ in range(columns):
            begin = place
            _name, place = _read_text(data, place)
            kind, place = _read_text(data, place)
            parts += (data[begin:place], b"\x00")
            begin = place
            if rows:
                place = _skip(data, _skip_prefix(place, kind), kind, rows)
            parts.append(data[begin:place])
    return b"".join(parts)


def write_empty(columns: Iterable[tuple[str, str]], revision: int) -> bytes:
    """A block without rows, so that a driver learns the columns of an answer that has none."""
    columns = list(columns)
    framed = needs_frame(revision)
    parts = [BLOCK_INFO] if framed else []
    parts.append(_write_number(len(columns)) + b"\x00")
    for texts in columns:
        for text in texts:
            content = text.encode()
            parts.append(_write_number(len(content)) + content)
        parts.append(b"\x00" if framed else b"")
    return b"".join(parts)


def _split(kind: str) -> tuple[str, list[str]]:
    """A type's name and its arguments; names of a tuple's elements are left out."""
    found = _TYPE.fullmatch(kind.strip())
    if found is None:
        raise _unknown(kind)
    return found[1], _split_arguments(found[2] or "")


def _split_arguments(text: str) -> list[str]:
    arguments, depth, begin, quote, place = [], 0, 0, "", 0
    while place < len(text):
        letter = text[place]
        if quote:
            place += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'`":
            quote = letter
        elif letter == "," and depth == 0:
            arguments.append(text[begin:place].strip())
            begin = place + 1
        depth += 0 if quote else (letter == "(") - (letter == ")")
        place += 1
    return [*arguments, text[begin:].strip()] if text.strip() else []


def _elements(name: str, arguments: list[str]) -> list[str]:
    """The types inside a type, in the order of their data."""
    if name == "Map":
        return [f"Array(Tuple({', '.join(arguments)}))"]
    if name == "Tuple":
        return [re.sub(r"^(?:`(?:[^`\\]|\\.)*`|\w+)\s+(?=\w)", "", argument) for argument in arguments]
    if name == "SimpleAggregateFunction":
        return arguments[1:2]
    return arguments[:1] if name in ("Array", "Nullable") else []


def _skip_prefix(place: int, kind: str) -> int:
    """Where the data begins: what stands before it for the whole column is a version for each LowCardinality."""
    name, arguments = _split(kind)
    if name == "LowCardinality":
        return place + 8
    for element in _elements(name, arguments):
        place = _skip_prefix(place, element)
    return place


def _skip(data: bytes, place: int, kind: str, rows: int) -> int:
    """The place behind so many values of a type."""
    name, arguments = _split(kind)
    if name in _SIZES:
        return place + rows * _SIZES[name]
    if name == "String":
        for _ in range(rows):
            length, place = _read_number(data, place)
            place += length
        return place
    if name == "FixedString":
        return place + rows * int(arguments[0])
    if name == "Decimal":
        digits = int(arguments[0])
        return place + rows * (4 if digits <= 9 else 8 if digits <= 18 else 16 if digits <= 38 else 32)
    if name.startswith("Interval"):
        return place + rows * 8
    if name == "Array":
        inner = int.from_bytes(data[place + rows * 8 - 8 : place + rows * 8], "little") if rows else 0
        return _skip(data, place + rows * 8, arguments[0], inner)
    if name == "Nullable":
        return _skip(data, place + rows, arguments[0], rows)
    if name == "LowCardinality":
        return _skip_dictionary(data, place, arguments[0]) if rows else place
    elements = _elements(name, arguments)
    if not elements:
        raise _unknown(kind)
    for element in elements:
        place = _skip(data, place, element, rows)
    return place


def _skip_dictionary(data: bytes, place: int, kind: str) -> int:
    """Kind of index, the block's own keys, then an index a row."""
    index = int.from_bytes(data[place : place + 8], "little")
    if not index & _ADDITIONAL_KEYS:
        raise _unknown(f"LowCardinality({kind})")
    keys = int.from_bytes(data[place + 8 : place + 16], "little")
    name, arguments = _split(kind)
    place = _skip(data, place + 16, arguments[0] if name == "Nullable" else kind, keys)
    rows = int.from_bytes(data[place : place + 8], "little")
    return place + 8 + (rows << (index & 0xFF))


def _read_number(data: bytes, place: int) -> tuple[int, int]:
    """A number in LEB128, and the place behind it."""
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return number, place


def _write_number(number: int) -> bytes:
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _read_text(data: bytes, place: int) -> tuple[str, int]:
    length, place = _read_number(data, place)
    return data[place : place + length].decode(), place + length


def _unknown(kind: str) -> StatementRefused:
    return StatementRefused(
        f"type {kind[:80]} in format Native of this driver; cast it to String", 48, "NOT_IMPLEMENTED"
    )
