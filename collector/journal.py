"""The journal: what has been acknowledged and not yet loaded. Files on disk are all that collector and loader share.

    append ──▶ queue ──▶ writer thread: write all that waits, one fdatasync, then answer them all (group commit)

An acknowledgement means: the bytes were synced, and the file's name was synced when it was made. The names and what
they say are in `recovery.py`. An error of the disk costs the batches at hand, whose senders are told; then a new
segment is begun, so the journal works again as soon as the disk does.
"""

import fcntl
import logging
import os
import queue
import secrets
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from collector import metrics
from collector.defects import describe_defect
from collector.recovery import FINISHED, NEW, OPEN, finish_segment, sync_directory
from collector.segment import encode_header, encode_record
from schema.batch import RedactedBatch
from schema.errors import JournalError

log = logging.getLogger("runvault.journal")


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """`directory` holds the segments; one is finished at `segment_bytes` or `segment_age_s` after its first record.

    A commit waits `commit_delay_s` for others to share its sync, but no longer once it holds `commit_bytes`.
    """

    directory: Path
    segment_bytes: int = 32 << 20
    segment_age_s: float = 0.1
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
        # process numbers repeat (in containers every writer may be 1), and a segment's name is part of its token
        self._nonce = secrets.token_hex(4)
        self._closed = False
        settings.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, batch: RedactedBatch) -> Future[None]:
        """Queue a batch; the future is done when it is on disk, or holds a JournalError. It cannot be cancelled."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # a sender that goes away must not take the future from the writer
        if self._closed:
            done.set_exception(JournalError("the journal is closed"))
            return done
        self._waiting.put((encode_record(batch), len(batch), done))
        return done

    def close(self) -> None:
        """Write what waits, finish the segment and stop."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            group = self._wait_for_group()
            closing = any(item is None for item in group)
            records = [item for item in group if item is not None]
            if records:
                self._commit(records)
            if self._file is not None and (closing or self._is_full()):
                self._finish()
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
        start = self._size if self._file is not None else 0
        try:
            written = self._write(records)
        except Exception as error:  # noqa: BLE001 - senders must be told, and the next batch tried, whatever happened
            if not isinstance(error, OSError):
                log.error("the journal's writer met a defect at=%s", describe_defect(error))
            self._abandon(start)
            failure = JournalError(f"the journal cannot be written: {describe_error(error)}")
            for _data, _rows, done in records:
                done.set_exception(failure)
            return
        metrics.journalled_bytes.inc(written)
        for _data, rows, done in records:
            metrics.journalled_spans.inc(rows)
            done.set_result(None)

    def _write(self, records: list[tuple[bytes, int, Future[None]]]) -> int:
        file = self._open_segment() if self._file is None else self._file
        written = 0
        for data, _rows, _done in records:
            _write_all(file, data)
            written += len(data)
        os.fdatasync(file)
        self._size += written
        return written

    def _open_segment(self) -> int:
        now_ns = time.time_ns()
        self._number += 1
        self._path = self._settings.directory / f"{now_ns:020d}-{os.getpid()}-{self._nonce}-{self._number}{NEW}"
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
            _close(file)

    def _abandon(self, synced: int) -> None:
        """After a failed write the segment's tail is unknown: cut it to the `synced` bytes in front, and begin anew.

        When even that fails the loader finishes the file. Then it may hold spans whose sender was told to try again;
        they replace themselves.
        """
        file, self._file = self._file, None
        if file is None:
            return
        try:
            finish_segment(file, self._path, synced)
        except OSError as error:
            log.warning("a segment could not be cut file=%s error=%s", self._path.name, error.strerror)
        finally:
            _close(file)


def describe_error(error: BaseException) -> str:
    """What the system says of an error, or its kind: never its message, which may quote a value."""
    return str(error.strerror) if isinstance(error, OSError) else type(error).__name__


def _close(file: int) -> None:
    try:
        os.close(file)
    except OSError as error:  # the file is closed nevertheless, and its bytes were synced before
        log.warning("closing a segment failed error=%s", error.strerror)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
