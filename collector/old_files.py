"""How old what lies in the journal's folder is, and letting go of what is past its lifetime.

A segment ages from its first record's reception. It holds payloads of several owners: it is due when the last of them
is. What waits to be loaded is never deleted, only told; when it is loaded, what has expired is not stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from collector.ages import Ages
from collector.held import DEAD, QUARANTINE, WAITING
from collector.recovery import FINISHED, OPEN
from collector.segment import walk_segment
from schema.classes import DataClass
from schema.errors import JournalError

PLACES = (WAITING, DEAD, QUARANTINE)


@dataclass(frozen=True, slots=True)
class OldFile:
    """One segment: where it lies, when it was begun, its bytes, and whether it is past its lifetime."""

    path: Path
    place: str
    begun: datetime
    bytes: int
    overdue: bool


def list_files(directory: Path, ages: Ages) -> list[OldFile]:
    """Every segment of the journal, waiting, dead or in quarantine. Files that vanish meanwhile are left out."""
    found = []
    for place in PLACES:
        folder = directory if place == WAITING else directory / place
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            stamp = path.name.partition("-")[0]
            if path.suffix in (FINISHED, OPEN) and stamp.isdigit() and path.exists():
                begun = datetime.fromtimestamp(int(stamp) / 1e9, UTC)
                found.append(OldFile(path, place, begun, path.stat().st_size, _is_overdue(path, begun.date(), ages)))
    return found


def summarise_files(files: Sequence[OldFile]) -> list[dict[str, Any]]:
    """For each place: files, bytes, the oldest's beginning and how many are past their lifetime."""
    items = []
    for place in PLACES:
        mine = [file for file in files if file.place == place]
        items.append(
            {
                "place": place,
                "files": len(mine),
                "bytes": sum(file.bytes for file in mine),
                "oldest": min((file.begun for file in mine), default=None),
                "overdue_files": sum(file.overdue for file in mine),
            }
        )
    return items


def drop_overdue(directory: Path, ages: Ages) -> int:
    """Delete dead and quarantined segments that are past their lifetime; how many. Raises OSError."""
    overdue = [file for file in list_files(directory, ages) if file.overdue and file.place != WAITING]
    for file in overdue:
        file.path.unlink(missing_ok=True)
        file.path.with_name(f"{file.path.name}.reason").unlink(missing_ok=True)
    return len(overdue)


def count_spans(directory: Path, tenant: str, trace_ids: Sequence[str], user: str) -> dict[str, int]:
    """Spans and records of some traces or of a user, by place, in files that can be read."""
    counts = dict.fromkeys(PLACES, 0)
    for file in list_files(directory, Ages()):
        for table in _read_tables(file.path):
            mine = pc.is_in(table["TraceId"], pa.array(list(trace_ids), pa.string()))
            if user:
                mine = pc.or_(mine, pc.equal(table["UserId"], user))
            counts[file.place] += pc.sum(pc.and_(mine, pc.equal(table["Tenant"], tenant))).as_py() or 0
    return counts


def _is_overdue(path: Path, begun: date, ages: Ages) -> bool:
    """Only a file that may be due is opened; of one that cannot be read nobody knows whose it is."""
    if begun >= ages.horizon.first_due(DataClass.PAYLOADS, ages.today):
        return False
    owners = {
        owner
        for table in _read_tables(path)
        for owner in zip(table["Tenant"].to_pylist(), table["Environment"].to_pylist(), strict=True)
    }
    return all(begun < ages.horizon.first_day(*owner, DataClass.PAYLOADS, ages.today) for owner in owners)


def _read_tables(path: Path) -> Iterator[pa.Table]:
    try:
        yield from (table for _offset, table in walk_segment(path) if table is not None)
    except (JournalError, FileNotFoundError):
        return
