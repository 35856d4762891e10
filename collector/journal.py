"""The journal: what has been acknowledged and not yet loaded. Files on disk are all that collector and loader share.

    append ──▶ queue ──▶ writer thread: write all that waits, one fdatasync, then answer them all (group commit)

    NAME.new    just made and not yet locked; nobody but its maker touches it, and nothing in it was acknowledged
    NAME.open   being written; the writer holds a lock on it (flock), so a free lock means its writer is dead
    NAME.seg    finished; the loader takes these in order of name, and deletes them after the insert

An acknowledgement means: the bytes were synced, and the file's name was synced when it was made.
"""

import contextlib
import fcntl
import logging
import os
import queue
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from collector import metrics
from collector.segment import encode_header, encode_record, find_tail
from schema.batch import RedactedBatch
from schema.errors import JournalError

log = logging.getLogger("runvault.journal")

NEW, OPEN, FINISHED = ".new", ".open", ".seg"
STALE_S = 60.0


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """`directory` holds the segments; one is finished at `segment_bytes` or `segment_age_s` after its first record.

    A commit waits `commit_delay_s` for others to share its sync, but no longer once it holds `commit_bytes`.
    """

    directory: Path
    segment_bytes: int = 32 << 20
    segment_age_s: float = 0.2
    commit_delay_s: float = 0.002
    commit_bytes: int = 8 << 20


class Journal:
    """Appends redacted batches; one writer thread per process. Several processes may share the directory."""

    def __init__(self, settings: JournalSettings, policy_version: str) -> None:
        self._settings = settings
        self._policy_version = policy_version
        self._waiting: queue.SimpleQueue[tuple[bytes, int, Future[None]] | None] = queue.SimpleQueue()
        self._file: int | None = None
        self._path = settings.directory
        self._size = 0
        self._opened_at = 0.0
        self._number = 0
        self._broken = False
        settings.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, batch: RedactedBatch) -> Future[None]:
        """Queue a batch; the future is done when it is on disk, or holds a JournalError."""
        done: Future[None] = Future()
        if self._broken:
            done.set_exception(JournalError("the journal cannot be written: its writer met a defect"))
            return done
        self._waiting.put((encode_record(batch), len(batch), done))
        return done

    def close(self) -> None:
        """Write what waits, finish the segment and stop."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            group = self._wait_for_group()
            closing = any(item is None for item in group)
            records = [item for item in group if item is not None]
            try:
                if records:
                    self._commit(records)
                if self._file is not None and (closing or self._is_full()):
                    self._finish()
            except Exception as error:  # the outermost loop: senders must be told, not left waiting
                log.exception("the journal's writer met a defect")
                self._broken = True
                for _data, _rows, done in records:
                    if not done.done():
                        done.set_exception(JournalError(f"the journal cannot be written: {type(error).__name__}"))
            if closing:
                return

    def _wait_for_group(self) -> list[tuple[bytes, int, Future[None]] | None]:
        timeout = None
        if self._file is not None:
            timeout = max(0.0, self._opened_at + self._settings.segment_age_s - time.monotonic())
        try:
            group = [self._waiting.get(timeout=timeout)]
        except queue.Empty:
            return []
        deadline = time.monotonic() + self._settings.commit_delay_s
        held = 0
        while group[-1] is not None and (held := held + len(group[-1][0])) < self._settings.commit_bytes:
            try:
                group.append(self._waiting.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                break
        return group

    def _commit(self, records: list[tuple[bytes, int, Future[None]]]) -> None:
        try:
            file = self._open_segment() if self._file is None else self._file
            start = self._size
            for data, _rows, _done in records:
                _write_all(file, data)
                self._size += len(data)
            os.fdatasync(file)
        except OSError as error:
            self._abandon()
            failure = JournalError(f"the journal cannot be written: {error.strerror}")
            for _data, _rows, done in records:
                done.set_exception(failure)
            return
        metrics.journalled_bytes.inc(self._size - start)
        for _data, rows, done in records:
            metrics.journalled_spans.inc(rows)
            done.set_result(None)

    def _open_segment(self) -> int:
        now_ns = time.time_ns()
        self._number += 1
        self._path = self._settings.directory / f"{now_ns:020d}-{os.getpid()}-{self._number}{NEW}"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        header = encode_header(now_ns, self._policy_version)
        _write_all(self._file, header)
        # only a locked file is called .open: a loader that finds one unlocked knows that its writer is dead
        self._path = self._path.rename(self._path.with_suffix(OPEN))
        self._size = len(header)
        self._opened_at = time.monotonic()
        sync_directory(self._settings.directory)
        return self._file

    def _is_full(self) -> bool:
        age = time.monotonic() - self._opened_at
        return self._size >= self._settings.segment_bytes or age >= self._settings.segment_age_s

    def _finish(self) -> None:
        assert self._file is not None
        file, self._file = self._file, None
        try:
            self._path.rename(self._path.with_suffix(FINISHED))
        except OSError as error:
            # the lock goes with the file, and the loader finishes what is there
            log.warning("a segment could not be renamed file=%s error=%s", self._path.name, error.strerror)
        finally:
            os.close(file)

    def _abandon(self) -> None:
        """After a failed write the segment's tail is unknown: cut it to whole, synced records and start anew."""
        file, self._file = self._file, None
        if file is None:
            return
        os.close(file)
        if self._path.suffix == NEW:
            self._path.unlink(missing_ok=True)
        else:
            recover_segment(self._path)


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
        whole = find_tail(path.read_bytes())
        if whole == 0:
            path.unlink()
            return True
        os.ftruncate(file, whole)
        os.fsync(file)
        path.rename(path.with_suffix(FINISHED))
        sync_directory(path.parent)
        return True
    finally:
        os.close(file)


def list_segments(directory: Path) -> list[Path]:
    """Finished segments, oldest first."""
    return sorted(path for path in directory.iterdir() if path.suffix == FINISHED)


def recover_segments(directory: Path) -> int:
    """Finish every segment whose writer is dead; how many there were."""
    for path in list(directory.glob(f"*{NEW}")):
        with contextlib.suppress(FileNotFoundError):  # its maker may rename it at any moment
            if time.time() - path.stat().st_mtime > STALE_S:
                path.unlink()  # its maker died before the first record
    return sum(recover_segment(path) for path in sorted(directory.iterdir()) if path.suffix == OPEN)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
