"""Answers of ClickHouse's HTTP interface: status and headers, errors as its drivers read them, and packing."""

import secrets
import zlib
from collections.abc import Mapping
from typing import Protocol

import zstandard

from schema.errors import AuditError, Forbidden, KeyFileError, RunvaultError, StatementRefused, Unauthenticated

SERVER = "runvault"
MEDIA_TYPES = {
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "Arrow": "application/octet-stream",
    "ArrowStream": "application/octet-stream",
    "Parquet": "application/octet-stream",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
}
Headers = list[tuple[bytes, bytes]]

_STATUS = {
    36: 400, 42: 400, 43: 400, 46: 404, 47: 404, 48: 501, 53: 400, 60: 404, 62: 400, 72: 400, 73: 400, 81: 404,
    115: 404, 158: 413, 159: 408, 164: 403, 194: 401, 202: 503, 207: 400, 215: 400, 307: 413, 354: 400, 396: 413,
    425: 503, 456: 400, 457: 400, 497: 403, 516: 403,
}  # fmt: skip
"""ClickHouse's code → status; others are 500. As in its `exceptionCodeToHTTPStatus`, and 403 for what is refused."""


class Packer(Protocol):
    """Packs an answer piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Some of it, packed."""

    def flush(self) -> bytes:
        """The rest."""


class Plain:
    """Packs nothing."""

    def compress(self, data: bytes, /) -> bytes:
        """As it is."""
        return data

    def flush(self) -> bytes:
        """Nothing."""
        return b""


def make_packer(encoding: str) -> Packer:
    """For an encoding of `sqldoor/request.py`."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(1).compressobj()
    if encoding == "gzip":
        return zlib.compressobj(1, zlib.DEFLATED, 31)
    return zlib.compressobj(1) if encoding == "deflate" else Plain()


def explain(error: RunvaultError) -> StatementRefused:
    """Any error of ours as one that a driver understands."""
    if isinstance(error, StatementRefused):
        return error
    if isinstance(error, Unauthenticated):
        return StatementRefused(f"{error}; give it as the password, with any user", 516, "AUTHENTICATION_FAILED")
    if isinstance(error, Forbidden):
        return StatementRefused(str(error), 497, "ACCESS_DENIED")
    if isinstance(error, AuditError):
        return StatementRefused("the audit trail cannot be written now; try again", 425, "SYSTEM_ERROR")
    if isinstance(error, KeyFileError):
        return StatementRefused("the keys cannot be read now; try again", 425, "SYSTEM_ERROR")
    return StatementRefused("the statement could not be answered", 1002, "UNKNOWN_EXCEPTION")


def write_error(error: StatementRefused) -> tuple[int, bytes, dict[str, str]]:
    """Status, text and headers of an error."""
    headers = {"X-ClickHouse-Exception-Code": str(error.code), "Content-Type": "text/plain; charset=UTF-8"}
    status = _STATUS.get(error.code, 500)
    if status == 503:
        headers["Retry-After"] = "1"
    return status, _write_message(error), headers


def make_tag() -> str:
    """What marks an error within an answer, so that no row can pass for one."""
    return secrets.token_hex(8)


def write_late_error(error: StatementRefused, tag: str) -> bytes:
    """An error after the answer has begun, as ClickHouse 25.11 and later write it into the body."""
    text = _write_message(error)
    marker = f"{len(text)} {tag}"
    return b"\r\n__exception__\r\n" + tag.encode() + b"\r\n" + text + marker.encode() + b"\r\n__exception__\r\n"


def encode_headers(headers: Mapping[str, str]) -> Headers:
    """As ASGI wants them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]


def _write_message(error: StatementRefused) -> bytes:
    return f"Code: {error.code}. DB::Exception: {error}. ({error.name}) (version runvault)\n".encode()
