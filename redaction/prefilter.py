"""The only door to Hyperscan: one look says which anchors occur in a text, and where.

Anchors are a superset of what the recognisers find (`recognizers/kind.py`), so a text without a hit is clean.
Bytes in, bytes out: offsets are turned into characters here. Compiled databases are kept by `compiled_file.py`.
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

from redaction.compiled_file import load_parts, store_parts
from redaction.recognizers.kind import Anchor
from schema.errors import OutOfTimeError

Hit = tuple[int, int]
"""Number of the anchor, and the character offset behind the match."""


def end_of(hit: Hit) -> int:
    """Where a hit ends: the order in which hits are kept."""
    return hit[1]


_CONTINUATION = bytes(range(0x80, 0xC0))
_SHORT = 256  # bytes: here one pass for all anchors (10 ns a byte) is as fast as a call for each lane (0.4 µs)
_Lane = tuple[hyperscan.Database, hyperscan.Scratch, "_Lane | None"]
"""Anchors that share a pass: database and scratch space, and the same of their guard."""


class Prefilter:
    """Compiled anchors. Safe to use from several threads: each has its own scratch space.

    A long text is looked through lane by lane (3 ns a byte in all), a short one in one pass for all anchors.
    """

    def __init__(self, anchors: Sequence[Anchor], cache_dir: Path | None = None) -> None:
        lanes: dict[tuple[str, str], list[int]] = {}
        for number, anchor in enumerate(anchors):
            lanes.setdefault((anchor.lane, anchor.guard), []).append(number)
        guards = [guard for _, guard in lanes]
        wanted = [
            [(number, anchors[number].pattern, _flags(anchors[number])) for number in numbers]
            for numbers in (range(len(anchors)), *lanes.values())
        ] + [[(0, guard, int(hyperscan.HS_FLAG_SINGLEMATCH))] for guard in guards if guard]
        loaded = _load_or_compile(wanted, cache_dir)
        self._whole, self._lanes = loaded[0], loaded[1 : 1 + len(lanes)]
        of_guards = iter(loaded[1 + len(lanes) :])
        self._guards = [next(of_guards) if guard else None for guard in guards]
        self._local = threading.local()

    def scan(self, text: str, until: float = math.inf) -> list[Hit]:
        """Hits, those of a lane in order of their end; none for a text in which no recogniser could find anything.

        Raises OutOfTimeError after `until` (`time.monotonic`): a crafted text can hit at every byte.
        """
        data = text.encode("utf-8", "replace")
        hits: list[Hit] = []

        def note(anchor: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            hits.append((anchor, end))
            return True if not len(hits) & 0xFFF and time.monotonic() > until else None

        try:
            whole, lanes = self._local.ready
        except AttributeError:
            whole, lanes = self._local.ready = self._prepare()
        try:
            for database, scratch, guard in lanes if len(data) > _SHORT else whole:
                if guard is None or _occurs(guard, data):
                    database.scan(data, note, 0, None, scratch)
        except hyperscan.ScanTerminated:
            raise OutOfTimeError("out of time") from None
        return hits if not hits or len(data) == len(text) else _to_characters(data, hits)

    def _prepare(self) -> tuple[list[_Lane], list[_Lane]]:
        """What one thread works with: the pass for short texts, and those for long ones."""
        lanes: list[_Lane] = [
            (lane, hyperscan.Scratch(lane), (guard, hyperscan.Scratch(guard), None) if guard else None)
            for lane, guard in zip(self._lanes, self._guards, strict=True)
        ]
        return [(self._whole, hyperscan.Scratch(self._whole), None)], lanes


def _occurs(guard: _Lane, data: bytes) -> bool:
    try:
        guard[0].scan(data, _stop, 0, None, guard[1])
    except hyperscan.ScanTerminated:
        return True
    return False


def _stop(*_: object) -> bool:
    return True


def _to_characters(data: bytes, hits: list[Hit]) -> list[Hit]:
    hits.sort(key=end_of)
    converted: list[Hit] = []
    at = characters = 0
    for anchor, end in hits:
        if end > at:
            characters += len(data[at:end].translate(None, _CONTINUATION))
            at = end
        converted.append((anchor, characters))
    return converted


_Expression = tuple[int, str, int]
"""Number, pattern, flags."""


def _load_or_compile(wanted: Sequence[Sequence[_Expression]], cache_dir: Path | None) -> list[hyperscan.Database]:
    if cache_dir is None:
        return [_compile(expressions) for expressions in wanted]
    path = cache_dir / f"prefilter-{_fingerprint(wanted)}.hsdb"
    databases = _load(path)
    if databases is None:
        databases = [_compile(expressions) for expressions in wanted]
        store_parts(path, [hyperscan.dumpb(database) for database in databases])
    return databases


def _load(path: Path) -> list[hyperscan.Database] | None:
    try:
        return [hyperscan.loadb(part, hyperscan.HS_MODE_BLOCK) for part in load_parts(path) or ()] or None
    except hyperscan.HyperscanError:  # another processor, or another build of the library
        return None


def _fingerprint(wanted: Sequence[Sequence[_Expression]]) -> str:
    """Patterns, flags, library version and processor: what compiled databases depend on."""
    text = repr(wanted) + version("hyperscan") + os.uname().machine
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _compile(expressions: Sequence[_Expression]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[pattern.encode() for _, pattern, _ in expressions],
        ids=[number for number, _, _ in expressions],
        elements=len(expressions),
        flags=[flags for _, _, flags in expressions],
    )
    return database


def _flags(anchor: Anchor) -> int:
    flags = hyperscan.HS_FLAG_DOTALL
    flags |= hyperscan.HS_FLAG_CASELESS if anchor.caseless else 0
    flags |= hyperscan.HS_FLAG_PREFILTER if anchor.prefilter else 0
    return int(flags)
