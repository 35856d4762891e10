"""The loader: finished journal segments → tables → assembled steps → runs; then the segments are deleted.

    segments ─▶ write down the batch ─▶ insert (with its token) ─▶ assemble traces ─▶ refresh runs ─▶ sync ─▶ delete

Every step may be repeated: a batch cut off by a crash is taken up again with the same segments and the same token.
What the store refuses for good, or what we cannot load for a defect of ours, is singled out and goes to `dead/`;
everything else (a store that is away, a full disk, a wrong password) waits and is tried again.
"""

import contextlib
import hashlib
import logging
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from polars.exceptions import PanicException

from collector import metrics
from collector.defects import describe_defect
from collector.insert import Inserter
from collector.manifest import Manifest
from collector.pace import Pace, feel_nothing
from collector.price_files import PriceFile
from collector.pricing import PriceBook
from collector.recovery import FolderWatch, list_segments, recover_segments, sync_directory
from collector.segment import walk_segment
from collector.supplements import complete_columns
from collector.whole import join_records
from schema.errors import JournalError, RowsRefused, StoreError
from schema.lifetimes import Horizon
from schema.store import Store

log = logging.getLogger("runvault.load")

ATTEMPTS = 3
"""So often must a segment fail by itself before it goes to `dead/`."""
READS = 10
"""So often must reading a segment fail before it goes there too; with the pauses between, that is two minutes."""
AWAKE_S, IDLE_POLL_S = 10.0, 0.3
"""When nothing came for so long (seconds) the loader looks less often: an idle service should be idle."""
DEFECTS = (Exception, PanicException)
"""What a defect may raise; Polars' panic is no Exception."""


@dataclass(frozen=True, slots=True)
class LoaderSettings:
    """Where the segments are, how often to look, the least time between two inserts and what it may grow to (seconds),
    and their size.

    `batch_bytes` counts as on disk, `insert_bytes` unpacked: text that repeats itself packs a hundred to one.
    `horizon` says how far back data is kept: what is older is not stored. `pressed_interval_s` and `pressure` are
    those of `collector/pace.py`.
    """

    directory: Path
    poll_s: float = 0.1
    interval_s: float = 0.4
    longest_interval_s: float = 1.5
    pressed_interval_s: float = 3.0
    batch_bytes: int = 64 << 20
    batch_segments: int = 64
    insert_bytes: int = 256 << 20
    longest_pause_s: float = 30.0
    price_file: PriceFile | None = None
    horizon: Callable[[], Horizon] = Horizon
    pressure: Callable[[], float] = feel_nothing


class Loader:
    """Takes finished segments in order; one per journal directory. `run` blocks until `stop` is called."""

    def __init__(self, store: Store, settings: LoaderSettings) -> None:
        """Raises JournalError when another loader has the journal, OSError when the journal cannot be written."""
        self._store = store
        self._settings = settings
        self._stop = threading.Event()
        self._one_by_one = 0
        self._inserter = Inserter(store, PriceBook(settings.price_file), settings.horizon)
        self._pace = Pace(
            settings.interval_s, settings.longest_interval_s, settings.pressed_interval_s, settings.pressure
        )
        self._spans = 0
        self._is_behind = False
        self._attempts = 0
        self._unreadable: Counter[str] = Counter()
        self.problem: str | None = None
        for place in (settings.directory, self._dead, self._quarantine):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._manifest = Manifest(settings.directory)

    @property
    def _dead(self) -> Path:
        return self._settings.directory / "dead"

    @property
    def _quarantine(self) -> Path:
        return self._settings.directory / "quarantine"

    def run(self) -> None:
        """Load until stopped; on a passing failure wait, longer each time, and try the same batch again."""
        failures = loaded = 0
        loaded_at = time.monotonic()
        watch = FolderWatch(self._settings.directory)
        while not self._stop.is_set():
            started, busy = time.monotonic(), time.thread_time()
            try:
                loaded = self.load_once() if loaded or failures or watch.is_worth_a_look() else 0
                failures, self.problem = 0, None
            except DEFECTS as error:
                failures += 1
                self.problem = f"loading fails: {describe_failure(error)}"
                metrics.load_failures.inc()
                log.warning("load failed, will try again error=%s failures=%d", describe_failure(error), failures)
                self._stop.wait(self._pause(failures))
                continue
            if not loaded:
                awake = started - loaded_at < AWAKE_S
                self._stop.wait(self._settings.poll_s if awake else max(self._settings.poll_s, IDLE_POLL_S))
                continue
            loaded_at = time.monotonic()
            if not self._is_behind:
                self._pace.wait(self._stop, started, time.thread_time() - busy, self._spans)

    def stop(self) -> None:
        """Let `run` return after the batch at hand."""
        self._stop.set()

    def drain(self) -> None:
        """Load everything that is finished or whose writer is gone. Raises StoreError, OSError."""
        while self.load_steadily():
            pass

    def load_steadily(self) -> int:
        """Load one batch, with as many attempts as a defect is given; how many segments. Raises StoreError, OSError."""
        for _ in range(ATTEMPTS - 1):
            try:
                return self.load_once()
            except DEFECTS as error:
                if is_passing(error):
                    raise
        return self.load_once()

    def close(self) -> None:
        """Let another loader have the journal."""
        self._manifest.close()

    def load_once(self) -> int:
        """Load one batch of segments; how many. Raises StoreError when the store cannot take it now, OSError."""
        recover_segments(self._settings.directory)
        segments = self._choose_segments()
        if not segments:
            return 0
        try:
            rows = self._load(segments)
            self._store.sync()
        except DEFECTS as error:
            if is_passing(error):
                raise
            self._attempts += 1
            if len(segments) == 1 and self._attempts < ATTEMPTS:
                raise
            self._single_out(segments, error)
        else:
            self._forget(rows)
            self._spans = sum(rows.values())
        self._attempts = 0
        return len(segments)

    def _choose_segments(self) -> list[Path]:
        """The batch that was begun before a crash, or the next one, its make-up written down before it is inserted."""
        directory = self._settings.directory
        begun = [directory / name for name in self._manifest.read()]
        if any(path.exists() for path in begun):
            return begun
        chosen: list[Path] = []
        size = 0
        most = 1 if self._one_by_one else self._settings.batch_segments
        waiting = list_segments(directory)
        for path in waiting[:most]:
            size += path.stat().st_size
            if chosen and size > self._settings.batch_bytes:
                break
            chosen.append(path)
        self._is_behind = len(chosen) < len(waiting)
        if chosen:
            self._manifest.write([path.name for path in chosen])
            self._one_by_one = max(0, self._one_by_one - 1)
        return chosen

    def _load(self, segments: Sequence[Path]) -> dict[Path, int]:
        """Insert a batch, in as many pieces as memory asks for; rows by segment. The same batch is cut alike again."""
        token = hashlib.sha256("\n".join(path.name for path in segments).encode()).hexdigest()
        rows = dict.fromkeys(segments, 0)
        piece: list[pa.Table] = []
        number = size = 0
        for path in segments:
            for table in map(complete_columns, self._read(path)):
                if piece and size + table.nbytes > self._settings.insert_bytes:
                    self._inserter.insert(join_records(piece), f"{token}-{number}")
                    piece, size, number = [], 0, number + 1
                piece.append(table)
                size += table.nbytes
                rows[path] += table.num_rows
        if piece:
            self._inserter.insert(join_records(piece), f"{token}-{number}")
        return rows

    def _read(self, path: Path) -> Iterator[pa.Table]:
        """The spans of a segment, record by record; what cannot be read is kept in `quarantine/`."""
        broken_at = None
        try:
            for offset, table in walk_segment(path):
                if table is not None:
                    yield table
                elif broken_at is None:
                    broken_at = offset
        except FileNotFoundError:  # deleted before a crash, after its insert was confirmed
            return
        except JournalError as error:
            log.error("segment set aside, a person is needed file=%s problem=%s", path.name, error)
            path.rename(self._quarantine / path.name)
            return
        except OSError as error:  # the disk: one bad block must not keep back all that comes after it
            self._unreadable[path.name] += 1
            if self._unreadable[path.name] < READS:
                raise
            self._bury(path, error)
            return
        if broken_at is not None:
            log.error("segment is damaged, kept aside file=%s offset=%d", path.name, broken_at)
            with contextlib.suppress(FileExistsError):  # from an attempt before; a link takes no room on a full disk
                os.link(path, self._quarantine / path.name)

    def _single_out(self, segments: Sequence[Path], error: BaseException) -> None:
        """A batch that cannot be loaded is taken again segment by segment; a segment goes to `dead/` with its reason.

        So one poisonous span takes nothing with it but its own segment.
        """
        if len(segments) > 1:
            self._one_by_one = len(segments)
            self._manifest.write([])
            return
        (path,) = segments
        rows = sum(table.num_rows for _offset, table in walk_segment(path) if table is not None)
        self._bury(path, error)
        metrics.dead_spans.inc(rows)
        self._forget({})

    def _bury(self, path: Path, error: BaseException) -> None:
        (self._dead / f"{path.name}.reason").write_text(f"{describe_failure(error)}\n")
        path.rename(self._dead / path.name)
        log.error("segment cannot be loaded, a person is needed file=%s", path.name)

    def _forget(self, rows: dict[Path, int]) -> None:
        """Delete what was loaded. Counted with the deletion: a batch that is taken up again is not counted twice."""
        for path, count in rows.items():
            if path.exists():
                path.unlink()
                metrics.loaded_spans.inc(count)
        sync_directory(self._settings.directory)
        self._manifest.write([])

    def _pause(self, failures: int) -> float:
        longest = min(self._settings.longest_pause_s, 0.2 * 2 ** min(failures, 10))
        return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret


def is_passing(error: BaseException) -> bool:
    """Whether the same segments may be loaded later: the disk or the store is at fault, not what is in them."""
    return isinstance(error, StoreError | OSError | MemoryError) and not isinstance(error, RowsRefused)


def describe_failure(error: BaseException) -> str:
    """What went wrong, without any text that may quote a value."""
    if isinstance(error, StoreError):
        return f"{error} (code {error.code})"
    return f"{type(error).__name__} {error.strerror}" if isinstance(error, OSError) else describe_defect(error)
