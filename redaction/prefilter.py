"""The only door to Hyperscan: one scan says which anchors occur in a text, and where.

Anchors are a superset of what the recognisers find (`recognizers/kind.py`), so a text without a hit is clean.
Bytes in, bytes out: offsets are turned into characters here.
"""

import hashlib
import math
import os
import threading
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import hyperscan

from redaction.recognizers.kind import Anchor
from schema.errors import OutOfTimeError

Hit = tuple[int, int]
"""Number of the anchor, and the character offset behind the match."""

_CONTINUATION = bytes(range(0x80, 0xC0))


class Prefilter:
    """A compiled set of anchors. Safe to use from several threads: each has its own scratch space."""

    def __init__(self, anchors: Sequence[Anchor], cache_dir: Path | None = None) -> None:
        self._database = _load_or_compile(anchors, cache_dir)
        self._local = threading.local()

    def scan(self, text: str, until: float = math.inf) -> list[Hit]:
        """Hits in order of their end; empty for a text that holds nothing that any recogniser could find.

        Raises OutOfTimeError after `until` (`time.monotonic`): a crafted text can hit at every byte.
        """
        data = text.encode("utf-8", "replace")
        hits: list[Hit] = []

        def note(anchor: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            hits.append((anchor, end))
            return True if not len(hits) & 0xFFF and time.monotonic() > until else None

        try:
            scratch = self._local.scratch
        except AttributeError:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        try:
            self._database.scan(data, match_event_handler=note, scratch=scratch)
        except hyperscan.ScanTerminated:
            raise OutOfTimeError("out of time") from None
        return hits if not hits or len(data) == len(text) else _to_characters(data, hits)


def _to_characters(data: bytes, hits: list[Hit]) -> list[Hit]:
    hits.sort(key=lambda hit: hit[1])
    converted: list[Hit] = []
    at = characters = 0
    for anchor, end in hits:
        if end > at:
            characters += len(data[at:end].translate(None, _CONTINUATION))
            at = end
        converted.append((anchor, characters))
    return converted


def _load_or_compile(anchors: Sequence[Anchor], cache_dir: Path | None) -> hyperscan.Database:
    if cache_dir is None:
        return _compile(anchors)
    path = cache_dir / f"prefilter-{_fingerprint(anchors)}.hsdb"
    database = _load(path)
    if database is None:
        database = _compile(anchors)
        _store(path, hyperscan.dumpb(database))
    return database


def _compile(anchors: Sequence[Anchor]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[anchor.pattern.encode() for anchor in anchors],
        ids=list(range(len(anchors))),
        elements=len(anchors),
        flags=[_flags(anchor) for anchor in anchors],
    )
    return database


def _flags(anchor: Anchor) -> int:
    flags = hyperscan.HS_FLAG_DOTALL
    flags |= hyperscan.HS_FLAG_CASELESS if anchor.caseless else 0
    flags |= hyperscan.HS_FLAG_PREFILTER if anchor.prefilter else 0
    return int(flags)


def _fingerprint(anchors: Sequence[Anchor]) -> str:
    """Patterns, flags, library version and processor: what a compiled database depends on."""
    machine = os.uname().machine
    text = repr([(anchor.pattern, _flags(anchor)) for anchor in anchors]) + version("hyperscan") + machine
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _load(path: Path) -> hyperscan.Database | None:
    """The cached database; None when there is none or it is not, byte for byte, what was stored."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, body = content[:32], content[32:]
    if hashlib.blake2b(body, digest_size=32).digest() != digest:
        return None
    try:
        return hyperscan.loadb(body, hyperscan.HS_MODE_BLOCK)
    except hyperscan.HyperscanError:  # another processor, or another build of the library
        return None


def _store(path: Path, body: bytes) -> None:
    """Write beside, then rename: a reader sees the old file or the whole new one. Failing to cache is no error."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.blake2b(body, digest_size=32).digest() + body)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
