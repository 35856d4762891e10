"""The chain on disk: where an entry becomes durable, before the store has seen it.

    audit/chain                   this chain's name, made at first use
    audit/<first number>.jsonl    its entries, one JSON line each; a new file at 4 MiB
    audit/lock                    held by whoever writes: the API, the loader, the command line

A tail without its line end was cut off by a crash and never answered for; the next writer cuts it off.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise, zip_longest
from pathlib import Path

from schema.errors import AuditError
from vault.audit_check import FIRST_PREVIOUS
from vault.entry import Act, Entry
from vault.files import cut_tail, hold_lock, replace_file, sync_directory

SUFFIX = ".jsonl"
FILE_BYTES = 4 << 20
Clock = Callable[[], datetime]


def read_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class ChainFile:
    """Appends to the chain of one directory. Several processes may share it, and several threads this object: what it
    remembers is changed only by who holds the lock file.
    """

    def __init__(self, directory: Path, file_bytes: int = FILE_BYTES, clock: Clock = read_clock) -> None:
        self.directory = directory
        self._clock = clock
        self._file_bytes = file_bytes
        self._chain = ""
        self._path: Path | None = None
        self._end = -1
        self._last: Entry | None = None

    def append(self, acts: Sequence[Act]) -> list[Entry]:
        """Write entries and sync them. Raises AuditError, and then none of them counts."""
        try:
            with hold_lock(self.directory / "lock"):
                self._catch_up()
                entries = self._make(acts)
                self._write(b"".join(entry.to_line() for entry in entries), entries[0].seq)
                self._last = entries[-1]
        except OSError as error:
            self._end = -1
            raise AuditError(f"the audit trail cannot be written: {error.strerror}") from error
        return entries

    def read_last(self) -> Entry | None:
        """The newest entry, whoever wrote it. Raises AuditError."""
        try:
            with hold_lock(self.directory / "lock"):
                self._catch_up()
                return self._last
        except OSError as error:
            raise AuditError(f"the audit trail cannot be read: {error.strerror}") from error

    def drop_files(self, seq: int) -> None:
        """Delete files whose entries are all up to number `seq`; the newest stays, for the chain goes on from it."""
        with hold_lock(self.directory / "lock"):
            files = self._list_files()
            for path, following in pairwise(files):
                if int(following.stem) <= seq + 1 and following.stat().st_size:
                    path.unlink()

    def _make(self, acts: Sequence[Act]) -> list[Entry]:
        """The entries of these acts. Time never goes back within a chain, so that days follow each other in it."""
        seq, previous, at = (self._last.seq, self._last.hash, self._last.at) if self._last else (0, FIRST_PREVIOUS, "")
        at = max(at, self._clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        entries = []
        for number, act in enumerate(acts, seq + 1):
            entries.append(act.make_entry(self._chain, number, at, previous))
            previous = entries[-1].hash
        return entries

    def _write(self, data: bytes, first: int) -> None:
        if self._path is None or self._end >= self._file_bytes:
            self._path, self._end = self.directory / f"{first:016d}{SUFFIX}", 0
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _write_all(file, data)
            os.fdatasync(file)
        except OSError:
            os.ftruncate(file, self._end)
            raise
        finally:
            os.close(file)
        if not self._end:
            sync_directory(self.directory)
        self._end += len(data)

    def _catch_up(self) -> None:
        """See what other processes wrote, and cut off what a crash left. The lock is held."""
        if not self._chain:
            self._chain = _read_name(self.directory / "chain")
        files = self._list_files()
        newest = files[-1] if files else None
        if newest == self._path and newest is not None and newest.stat().st_size == self._end:
            return
        self._path, self._end, self._last = newest, 0, None
        for path in reversed(files):
            whole = cut_tail(path)
            if path == newest:
                self._end = whole
            if whole:
                self._last = _read_entries(path)[-1]
                break

    def _list_files(self) -> list[Path]:
        return list_files(self.directory)


class ChainReader:
    """Reads a chain from its files, and goes on where it was last time."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._place: tuple[int, Path, int] | None = None

    def read_after(self, seq: int, most: int) -> list[Entry]:
        """Entries that follow number `seq`, at most so many, in order. Raises AuditError."""
        files = list_files(self.directory)
        start = 0
        if self._place is not None and self._place[0] == seq and self._place[1] in files:
            files, start = files[files.index(self._place[1]) :], self._place[2]
        found: list[Entry] = []
        for path, following in zip_longest(files, files[1:]):
            if following is not None and int(following.stem) <= seq + 1:
                start = 0
                continue  # all of this file is before
            for entry, end in _walk_entries(path, start):
                if entry.seq > seq:
                    found.append(entry)
                    self._place = (entry.seq, path, end)
                if len(found) == most:
                    return found
            start = 0
        return found


def list_files(directory: Path) -> list[Path]:
    """The files of a chain, in order."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def _read_entries(path: Path) -> list[Entry]:
    return [entry for entry, _end in _walk_entries(path, 0)]


def _walk_entries(path: Path, start: int) -> Iterator[tuple[Entry, int]]:
    """Whole entries from a place in a file on, each with the place behind it. Raises AuditError."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read()
    except OSError as error:
        raise AuditError(f"the audit trail cannot be read: {error.strerror}") from error
    for line in data.split(b"\n")[:-1]:
        start += len(line) + 1
        try:
            yield Entry(**json.loads(line)), start
        except (ValueError, TypeError) as error:
            raise AuditError(f"the audit trail is damaged: {path.name} before byte {start}") from error


def _read_name(path: Path) -> str:
    if not path.exists():
        replace_file(path, secrets.token_hex(8).encode())
    return path.read_text("ascii").strip()


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
