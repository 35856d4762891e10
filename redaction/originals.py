"""Collects the originals of a batch while it is redacted, so that they can be sealed; nothing of them is remembered.

A value that the redactor left alone is the very same object before and after, so looking costs little.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from redaction.changes import find_changes
from schema.batch import Columns, TextMap
from schema.columns import Column, Scan
from schema.originals import Change, Original, Path, SpanOriginals, checksum_text

MOST_CHARACTERS = 1 << 20
"""Originals of one span beyond this are not kept; their places are."""


class OriginalsSealer(Protocol):
    """What the walker needs of the one who seals."""

    def wants(self, tenant: str, environment: str) -> bool:
        """Whether originals are to be sealed there."""

    def seal(self, spans: Sequence[SpanOriginals]) -> list[bytes]:
        """A seal for each; empty where none can be made."""


class OriginalsCollector:
    """The originals of one batch, by row. `owners` are the rows' tenants and environments."""

    def __init__(self, owners: Sequence[tuple[str, str]], sealer: OriginalsSealer) -> None:
        wanted = {owner: sealer.wants(*owner) for owner in set(owners)}
        self._sealer = sealer
        self._wanted = [wanted[owner] for owner in owners]
        self._rows: dict[int, list[Original]] = {}
        self._room: dict[int, int] = {}

    def note_column(self, column: Column, before: Sequence[Any], after: Sequence[Any]) -> None:
        """Note what the redactor changed in a column."""
        if before is after or not any(self._wanted):
            return
        for row, (old, new) in enumerate(zip(before, after, strict=True)):
            if old is not new and self._wanted[row]:
                for path, original, redacted in _PAIRS[column.scan](old, new):
                    if original is not redacted and original != redacted:
                        self._note(row, column.name, path, original, redacted)

    def seal(self, columns: Columns) -> list[bytes]:
        """A seal per row, empty for a row without originals."""
        tenants, traces, spans, records = (columns[name] for name in ("Tenant", "TraceId", "SpanId", "RecordId"))
        found = [
            SpanOriginals(tenants[row], traces[row], spans[row], records[row], originals)
            for row, originals in self._rows.items()
        ]
        seals = [b""] * len(self._wanted)
        for row, seal in zip(self._rows, self._sealer.seal(found) if found else (), strict=True):
            seals[row] = seal
        return seals

    def _note(self, row: int, name: str, path: Path, original: str, redacted: str) -> None:
        # half of a surrogate pair is no character: it cannot be written, as an original or otherwise
        original = original if original.isascii() else original.encode("utf-8", "replace").decode()
        changes = find_changes(original, redacted)
        if changes:
            kept = tuple(self._keep(row, change) for change in changes)
            self._rows.setdefault(row, []).append(Original(name, path, checksum_text(redacted), kept))

    def _keep(self, row: int, change: Change) -> Change:
        room = self._room.get(row, MOST_CHARACTERS) - len(change.original or "")
        if room < 0:
            return Change(change.start, change.length, None)
        self._room[row] = room
        return change


Pairs = Iterator[tuple[Path, str, str]]


def _pair_text(old: str, new: str) -> Pairs:
    yield (), old, new


def _pair_list(old: list[str], new: list[str]) -> Pairs:
    for number, (before, after) in enumerate(zip(old, new, strict=True)):
        yield (number,), before, after


def _pair_map(old: TextMap, new: TextMap, *path: int) -> Pairs:
    """The walker keeps the order of entries, whatever becomes of their keys."""
    for (old_key, before), (key, after) in zip(old.items(), new.items(), strict=True):
        yield (*path, key, None), old_key, key
        yield (*path, key), before, after


def _pair_maps(old: list[TextMap], new: list[TextMap]) -> Pairs:
    for number, (before, after) in enumerate(zip(old, new, strict=True)):
        if before is not after:
            yield from _pair_map(before, after, number)


_PAIRS: dict[Scan, Callable[[Any, Any], Pairs]] = {
    Scan.TEXT: _pair_text,
    Scan.TEXTS: _pair_list,
    Scan.MAP: _pair_map,
    Scan.MAPS: _pair_maps,
}
