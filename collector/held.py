"""Segments that the journal holds: waiting for the loader, dead (the store or a defect refuses them), or in quarantine
(they cannot be read whole). For people, who decide about the last two."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from collector.recovery import FINISHED, OPEN, sync_directory
from collector.segment import Segment, read_segment
from schema.errors import JournalError

WAITING, DEAD, QUARANTINE = "waiting", "dead", "quarantine"


@dataclass(frozen=True, slots=True)
class HeldSegment:
    """One segment: age in seconds, size on disk in bytes, spans that can be read (None: it cannot be read at all)."""

    name: str
    state: str
    age_s: float
    spans: int | None
    bytes: int
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The same as a dictionary."""
        return asdict(self)


def list_held(directory: Path) -> list[HeldSegment]:
    """All segments of a journal, oldest first: waiting ones, then those that need a person. Raises OSError."""
    places = ((WAITING, directory), (DEAD, directory / DEAD), (QUARANTINE, directory / QUARANTINE))
    return [
        held
        for state, place in places
        if place.is_dir()
        for path in sorted(place.iterdir())
        if path.suffix in (FINISHED, OPEN) and (held := _look_at(path, state)) is not None
    ]


def retry_segments(directory: Path, segments: Sequence[HeldSegment]) -> int:
    """Put dead segments back among those that wait; how many. Raises OSError.

    A segment keeps its name, and so its token: what of it the store took before is not inserted again.
    """
    for segment in segments:
        (directory / DEAD / segment.name).rename(directory / segment.name)
        (directory / DEAD / f"{segment.name}.reason").unlink(missing_ok=True)
    sync_directory(directory)
    return len(segments)


def drop_segments(directory: Path, segments: Sequence[HeldSegment]) -> None:
    """Delete dead or quarantined segments, with their reasons. Raises OSError."""
    for segment in segments:
        for name in (segment.name, f"{segment.name}.reason"):
            (directory / segment.state / name).unlink(missing_ok=True)


def _look_at(path: Path, state: str) -> HeldSegment | None:
    try:
        size = path.stat().st_size
        segment, reason = _read(path)
    except FileNotFoundError:  # loaded and deleted in this moment
        return None
    noted = path.with_name(f"{path.name}.reason")
    if noted.exists():
        reason = noted.read_text("utf-8", "replace").strip()
    stamp = path.name.partition("-")[0]
    age = max(0.0, time.time() - int(stamp) / 1e9) if stamp.isdigit() else 0.0
    return HeldSegment(path.name, state, round(age, 1), segment.rows if segment else None, size, reason)


def _read(path: Path) -> tuple[Segment | None, str]:
    try:
        segment = read_segment(path)
    except JournalError as error:
        return None, str(error)
    damaged = segment.broken_at is not None and path.suffix == FINISHED  # an open one is being written to
    return segment, f"damaged at byte {segment.broken_at}" if damaged else ""
