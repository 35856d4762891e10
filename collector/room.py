"""Is there room in the journal? Asked before a request is worked on; answered from a look that is at most so old."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from schema.errors import JournalError

LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """The journal may hold `max_bytes`, and must leave `min_free_bytes` of the disk free."""

    directory: Path
    max_bytes: int = 8 << 30
    min_free_bytes: int = 512 << 20


class Room:
    """The journal's room on its disk. Collectors ask it before they work, the service before it says it is ready."""

    def __init__(self, settings: RoomSettings) -> None:
        self._settings = settings
        self._looked_at = float("-inf")
        self._problem: str | None = None

    def find_problem(self) -> str | None:
        """What stands against taking more, if anything."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._problem = self._look()
            self._looked_at = now
        return self._problem

    def check(self) -> None:
        """Raise JournalError, which senders may try again, while there is no room."""
        problem = self.find_problem()
        if problem:
            raise JournalError(problem)

    def _look(self) -> str | None:
        settings = self._settings
        try:
            free = shutil.disk_usage(settings.directory).free
            held = measure_journal(settings.directory)
        except OSError as error:
            return f"the journal cannot be read: {error.strerror}"
        if free < settings.min_free_bytes:
            return f"the journal's disk has {free >> 20} MiB free, fewer than the {settings.min_free_bytes >> 20} kept"
        if held >= settings.max_bytes:
            return f"the journal holds {held >> 20} MiB, its bound is {settings.max_bytes >> 20}"
        return None


def measure_journal(directory: Path) -> int:
    """Bytes of all segments in a journal's directory, dead and set-aside ones not counted."""
    total = 0
    for path in directory.iterdir():
        if path.suffix in (".seg", ".open", ".new"):
            try:
                total += path.stat().st_size
            except FileNotFoundError:  # loaded and deleted in this moment
                continue
    return total
