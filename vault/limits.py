"""What a key may send: spans a second, and bytes a day (UTC). Exact over all processes of one machine.

Each key with a limit has a file of 24 bytes that all its processes count in, under its lock:

    when its spans are paid for (ns) | day (since 1970) | bytes of that day

A batch is let in when what was sent before is paid for, give or take a second, and is then paid for whole: a batch
larger than a second's worth gets in too, and the next one waits longer. So the mean never exceeds the limit.
"""

import fcntl
import math
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from schema.errors import KeyFileError, QuotaUsedUp, RateLimited
from vault.files import make_directory
from vault.keys import Key

_COUNTS = struct.Struct("<qqq")
BURST_NS = 10**9
MOST_DEBT_NS = 3600 * 10**9
"""No batch keeps a key out for longer than an hour, nor does a clock that was set back."""
NANOS_PER_DAY = 86_400 * 10**9
Counts = tuple[int, int, int]


class Limits:
    """The limits of all keys of one data directory. Safe to use from several threads and processes."""

    def __init__(self, directory: Path, clock: Callable[[], int] = time.time_ns) -> None:
        self._directory = directory
        self._clock = clock
        self._files: dict[str, int] = {}
        self._lock = threading.Lock()

    def check(self, key: Key) -> None:
        """Raises RateLimited or QuotaUsedUp when the key has sent what it may for now, KeyFileError."""
        if not (key.spans_per_second or key.bytes_per_day):
            return
        with self._open(key.id) as file:
            paid_at, day, used = _read(file)
        now = self._clock()
        if key.bytes_per_day and day == now // NANOS_PER_DAY and used >= key.bytes_per_day:
            raise QuotaUsedUp(f"the key's {key.bytes_per_day} bytes of this day (UTC) are used up")
        wait = min(paid_at - now, MOST_DEBT_NS) - BURST_NS
        if key.spans_per_second and wait > 0:
            raise RateLimited(f"the key may send {key.spans_per_second} spans a second", math.ceil(wait / 1e9))

    def charge(self, key: Key, spans: int, size: int) -> None:
        """Count what was kept. Raises KeyFileError."""
        if not (key.spans_per_second or key.bytes_per_day):
            return
        now = self._clock()
        with self._open(key.id) as file:
            paid_at, day, used = _read(file)
            if key.spans_per_second:
                paid_at = min(max(paid_at, now), now + MOST_DEBT_NS) + spans * 10**9 // key.spans_per_second
            today = now // NANOS_PER_DAY
            os.pwrite(file, _COUNTS.pack(paid_at, today, size + (used if day == today else 0)), 0)

    @contextmanager
    def _open(self, key_id: str) -> Iterator[int]:
        try:
            with self._lock:
                file = self._files.get(key_id)
                if file is None:
                    make_directory(self._directory)
                    file = os.open(self._directory / key_id, os.O_RDWR | os.O_CREAT, 0o600)
                    self._files[key_id] = file
                fcntl.flock(file, fcntl.LOCK_EX)
                try:
                    yield file
                finally:
                    fcntl.flock(file, fcntl.LOCK_UN)
        except OSError as error:
            raise KeyFileError(f"limits cannot be counted: {error.strerror}") from error


def _read(file: int) -> Counts:
    data = os.pread(file, _COUNTS.size, 0)
    paid_at, day, used = _COUNTS.unpack(data) if len(data) == _COUNTS.size else (0, 0, 0)
    return paid_at, day, used
