"""The journal's folder as seen from outside: its finished segments, and what dead writers left.

NAME.new    just made and not yet locked; nobody but its maker touches it, and nothing in it was acknowledged
NAME.open   being written; the writer holds a lock on it (flock), so a free lock means its writer is dead
NAME.seg    finished; the loader takes these in order of name, and deletes them after the insert
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path

from collector.segment import find_tail

NEW, OPEN, FINISHED = ".new", ".open", ".seg"
STALE_S = 60.0
LOOK_S = 1.0
"""A dead writer changes nothing in its folder: so often it is looked through all the same."""
GRAIN_S = 0.05
"""A second change this soon after another may carry the same time: file systems take it from the clock's tick."""


class FolderWatch:
    """Tells cheaply, by one stat(2), that there is nothing new in a folder: an idle loader looks ten times a second."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._changed = -1
        self._looked = 0.0

    def is_worth_a_look(self) -> bool:
        """Whether something came, went or was renamed since the last time this was true, or that is a while ago."""
        now = time.time()
        changed = self._directory.stat().st_mtime_ns
        settled = changed == self._changed and self._looked - changed / 1e9 > GRAIN_S
        if settled and 0 <= now - self._looked < LOOK_S:
            return False
        self._changed, self._looked = changed, now
        return True


def list_segments(directory: Path) -> list[Path]:
    """Finished segments, oldest first."""
    return sorted(path for path in directory.iterdir() if path.suffix == FINISHED)


def recover_segments(directory: Path) -> int:
    """Finish every segment whose writer is dead; how many there were. Raises OSError."""
    opened = []
    for path in directory.iterdir():
        if path.suffix == OPEN:
            opened.append(path)
        elif path.suffix == NEW:
            with contextlib.suppress(FileNotFoundError):  # its maker may rename it at any moment
                if time.time() - path.stat().st_mtime > STALE_S:
                    path.unlink()  # its maker died before the first record
    return sum(recover_segment(path) for path in sorted(opened))


def recover_segment(path: Path) -> bool:
    """Finish a segment whose writer is gone: cut its torn tail and rename it. False while a writer holds it.

    What is cut was never acknowledged: acknowledged records are whole, in front of it. A segment without even its
    header is removed; one that is damaged is left as it is, for the loader to read what it can and set it aside.
    """
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if not path.exists():
            return False
        finish_segment(file, path, find_tail(path.read_bytes()))
        return True
    finally:
        os.close(file)


def finish_segment(file: int, path: Path, size: int) -> None:
    """Cut an open, locked segment to `size` bytes and finish it; remove it when that leaves nothing. Raises OSError."""
    if size == 0:
        path.unlink()
        return
    os.ftruncate(file, size)
    os.fsync(file)
    path.rename(path.with_suffix(FINISHED))
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
