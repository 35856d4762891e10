"""Bounds on what a sender may make us hold: bytes in flight, and bytes after decompression."""

import threading
import zlib

import zstandard

from collector import metrics
from schema.errors import DecodeError, OverloadedError, TooLarge, UnsupportedMediaType

_CHUNK = 1 << 20


class InFlight:
    """Admission by bytes, not by requests: what is read and worked on never exceeds `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0
        self._lock = threading.Lock()

    def open(self) -> "Hold":
        """A request's share, given back when it is released or when its `with` block ends."""
        return Hold(self)

    def give_back(self, size: int) -> None:
        """Let go of what was taken."""
        self._change(-size)

    def take(self, size: int) -> None:
        """Count `size` more bytes. Raises OverloadedError when there is no room; an empty house has room for one."""
        self._change(size)

    def _change(self, size: int) -> None:
        with self._lock:
            if size > 0 and self.held and self.held + size > self._limit:
                raise OverloadedError("too many bytes in flight, try again")
            self.held += size
            metrics.in_flight_bytes.set(self.held)


class Hold:
    """What one request holds."""

    def __init__(self, house: InFlight) -> None:
        self._house = house
        self.size = 0

    def add(self, size: int) -> None:
        """Hold more. Raises OverloadedError, and holds what it held."""
        self._house.take(size)
        self.size += size

    def release(self) -> None:
        """Give back everything. A second time does nothing."""
        size, self.size = self.size, 0
        self._house.give_back(size)

    def __enter__(self) -> "Hold":
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """The body decompressed, never holding more than `limit` bytes of it.

    Raises TooLarge beyond the limit, DecodeError for broken data, UnsupportedMediaType for an unknown encoding.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        result = body
    elif encoding in ("gzip", "x-gzip"):
        result = _inflate(body, 16 + zlib.MAX_WBITS, limit)
    elif encoding == "deflate":
        result = _inflate(body, zlib.MAX_WBITS, limit)
    elif encoding == "zstd":
        result = _unpack_zstd(body, limit)
    else:
        raise UnsupportedMediaType("content encoding must be gzip, deflate, zstd or identity")
    if len(result) > limit:
        raise TooLarge(f"the request is over {limit} bytes when decompressed")
    return result


def _inflate(body: bytes, window: int, limit: int) -> bytes:
    parts, size = [], 0
    while body:
        inflater = zlib.decompressobj(window)
        try:
            while not inflater.eof:
                part = inflater.decompress(body, _CHUNK)
                body = inflater.unconsumed_tail
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise TooLarge(f"the request is over {limit} bytes when decompressed")
                if not part and not body:
                    raise DecodeError("the compressed body is cut short")
        except zlib.error as error:
            raise DecodeError("the compressed body is broken") from error
        body = inflater.unused_data  # gzip allows several members
    return b"".join(parts)


def _unpack_zstd(body: bytes, limit: int) -> bytes:
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body) as reader:
            return reader.read(limit + 1)
    except zstandard.ZstdError as error:
        raise DecodeError("the compressed body is broken") from error
