"""A request of ClickHouse's HTTP interface: who asks, the statement, its parameters, settings and encodings."""

import base64
import binascii
import email.parser
import email.policy
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import zstandard
from starlette.requests import ClientDisconnect, Request

from schema.errors import StatementRefused

MOST_BYTES = 1 << 20
ENCODINGS = ("zstd", "gzip", "deflate")
_QUERY_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_NOT_IMPLEMENTED = "NOT_IMPLEMENTED"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: all by name of the URL and the form, the text, and the encoding of the answer ("" is none)."""

    named: Mapping[str, str]
    text: str
    encoding: str

    @property
    def parameters(self) -> dict[str, str]:
        """Values for `{name:Type}` by name."""
        return {name.removeprefix("param_"): value for name, value in self.named.items() if name.startswith("param_")}

    @property
    def revision(self) -> int:
        """The revision of the driver's protocol; 0 when it names none."""
        said = self.named.get("client_protocol_version", "")
        return int(said) if said.isdigit() and len(said) < 9 else 0

    @property
    def query_id(self) -> str:
        """The statement's id as the client names it; empty when it names none that can stand in a header."""
        said = self.named.get("query_id", "")
        return said if _QUERY_ID.fullmatch(said) else ""

    @property
    def is_whole(self) -> bool:
        """Whether the answer is wanted only once it is known to be whole."""
        return self.named.get("wait_end_of_query", "0") == "1" or self.named.get("http_wait_end_of_query", "0") == "1"


def read_authorization(request: Request) -> str | None:
    """The key as `Authorization: Bearer`: it is the password of any user, by Basic, by ClickHouse's own headers, or
    given as it is. Never in the URL, which ends up in logs."""
    headers = request.headers
    if key := headers.get("x-clickhouse-key"):
        return f"Bearer {key}"
    scheme, _, said = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return headers.get("authorization")
    try:
        _user, _, password = base64.b64decode(said.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return f"Bearer {password}"


async def read_asked(request: Request) -> Asked:
    """Read a request whole. Raises StatementRefused."""
    named = dict(request.query_params.multi_items())
    body = _decode(await _read_body(request), request.headers.get("content-encoding", ""))
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        named |= _read_form(body, request.headers["content-type"])
        body = b""
    if named.get("compress", "0") not in ("", "0"):
        raise StatementRefused("compress=1 is not for this port: ask for gzip", 48, _NOT_IMPLEMENTED)
    try:
        text = "\n".join(part for part in (named.get("query", ""), body.decode()) if part)
    except UnicodeDecodeError:
        raise StatementRefused("the statement is not UTF-8", 62, "SYNTAX_ERROR") from None
    return Asked(named, text, _choose_encoding(request, named))


async def _read_body(request: Request) -> bytes:
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BYTES:
                raise _too_large()
            parts.append(part)
    except ClientDisconnect:
        raise StatementRefused("the client has gone", 394, "QUERY_WAS_CANCELLED") from None
    return b"".join(parts)


def _decode(body: bytes, encoding: str) -> bytes:
    try:
        if encoding in ("", "identity"):
            return body
        if encoding == "zstd":
            return zstandard.ZstdDecompressor().stream_reader(body).read(MOST_BYTES)
        if encoding in ("gzip", "deflate"):
            unpacker = zlib.decompressobj(47)
            text = unpacker.decompress(body, MOST_BYTES)
            if unpacker.unconsumed_tail:
                raise _too_large()
            return text
    except (zlib.error, zstandard.ZstdError):
        raise StatementRefused("the request cannot be unpacked", 354, "ZLIB_INFLATE_FAILED") from None
    raise StatementRefused("an encoding of the request that is not known here", 48, _NOT_IMPLEMENTED)


def _read_form(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a form. Raises StatementRefused for a file in it: there are no external tables here."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    fields = {}
    for part in form.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if part.get_filename() is not None or not isinstance(name, str):
            raise StatementRefused("data with a statement is not for this port", 48, _NOT_IMPLEMENTED)
        content = part.get_payload(decode=True)
        fields[name] = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return fields


def _choose_encoding(request: Request, named: Mapping[str, str]) -> str:
    """The first that the client names and we have, if it lets answers be packed at all."""
    if named.get("enable_http_compression", "0") != "1":
        return ""
    asked = [name.partition(";")[0].strip() for name in request.headers.get("accept-encoding", "").split(",")]
    return next((name for name in asked if name in ENCODINGS), "")


def _too_large() -> StatementRefused:
    return StatementRefused("the request is too large", 307, "TOO_MANY_BYTES")
