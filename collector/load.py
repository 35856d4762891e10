"""The loader: finished journal segments → tables → assembled steps → runs; then the segments are deleted.

    segments ──▶ write down the batch ──▶ insert (with its token) ──▶ assemble traces ──▶ refresh runs ──▶ delete

Every step may be repeated: a batch cut off by a crash is taken up again with the same segments and the same token.
"""

import hashlib
import json
import logging
import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from collector import metrics
from collector.journal import list_segments, recover_segments, sync_directory
from collector.price_files import PriceFile
from collector.pricing import PriceBook
from collector.segment import read_segment
from collector.supplements import complete_columns, find_touched, insert_records, split_records
from collector.traces import update_traces
from schema.columns import PAYLOADS, STEPS, TRACES, columns_of
from schema.errors import JournalError, StoreError
from schema.store import Store

log = logging.getLogger("runvault.load")

MANIFEST = "loading.json"


@dataclass(frozen=True, slots=True)
class LoaderSettings:
    """Where the segments are, how often to look, the least time between two inserts (seconds), and their size."""

    directory: Path
    poll_s: float = 0.1
    interval_s: float = 0.4
    batch_bytes: int = 64 << 20
    batch_segments: int = 64
    longest_pause_s: float = 30.0
    price_file: PriceFile | None = None


class Loader:
    """Takes finished segments in order; one per journal directory. `run` blocks until `stop` is called."""

    def __init__(self, store: Store, settings: LoaderSettings) -> None:
        self._store = store
        self._settings = settings
        self._stop = threading.Event()
        self._one_by_one = 0
        self._prices = PriceBook(settings.price_file)
        self.problem: str | None = None
        for place in (settings.directory, self._dead, self._quarantine):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def _dead(self) -> Path:
        return self._settings.directory / "dead"

    @property
    def _quarantine(self) -> Path:
        return self._settings.directory / "quarantine"

    def run(self) -> None:
        """Load until stopped; on a passing failure wait, longer each time, and try the same batch again."""
        failures = 0
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                loaded = self.load_once()
                failures, self.problem = 0, None
            except Exception as error:
                failures += 1
                self.problem = f"loading fails: {type(error).__name__}"
                metrics.load_failures.inc()
                known = isinstance(error, StoreError | OSError)
                log.warning(
                    "load failed, will try again error=%s failures=%d",
                    type(error).__name__,
                    failures,
                    exc_info=None if known else error,
                )
                self._stop.wait(self._pause(failures))
                continue
            # an insert costs much the same for ten spans as for a thousand, so they are kept apart
            pause = self._settings.interval_s - (time.monotonic() - started) if loaded else self._settings.poll_s
            self._stop.wait(max(0.0, pause))

    def stop(self) -> None:
        """Let `run` return after the batch at hand."""
        self._stop.set()

    def drain(self) -> None:
        """Load everything that is finished or whose writer is gone. Raises StoreError."""
        while self.load_once():
            pass

    def load_once(self) -> int:
        """Load one batch of segments; how many. Raises StoreError when the store cannot take it now."""
        recover_segments(self._settings.directory)
        segments = self._choose_segments()
        if not segments:
            return 0
        tables = [complete_columns(table) for path in segments for table in self._read(path)]
        if tables:
            token = hashlib.sha256("\n".join(path.name for path in segments).encode()).hexdigest()
            try:
                self._insert(pa.concat_tables(tables).combine_chunks(), token)
            except StoreError as error:
                if error.retryable:
                    raise
                self._single_out(segments, error)
                return len(segments)
        self._forget(segments)
        return len(segments)

    def _choose_segments(self) -> list[Path]:
        """The batch that was begun before a crash, or the next one, its make-up written down before it is inserted."""
        directory = self._settings.directory
        waiting = list_segments(directory)
        manifest = directory / MANIFEST
        if manifest.exists():
            names = json.loads(manifest.read_text())
            begun = [directory / name for name in names if (directory / name).exists()]
            if begun:
                return [directory / name for name in names]
        chosen: list[Path] = []
        size = 0
        most = 1 if self._one_by_one else self._settings.batch_segments
        self._one_by_one = max(0, self._one_by_one - 1)
        for path in waiting[:most]:
            size += path.stat().st_size
            if chosen and size > self._settings.batch_bytes:
                break
            chosen.append(path)
        if chosen:
            fresh = manifest.with_suffix(".new")
            fresh.write_text(json.dumps([path.name for path in chosen]))
            fresh.rename(manifest)
            sync_directory(directory)
        return chosen

    def _read(self, path: Path) -> list[pa.Table]:
        if not path.exists():
            return []
        try:
            segment = read_segment(path)
        except JournalError as error:
            log.error("segment set aside, a person is needed file=%s problem=%s", path.name, error)
            path.rename(self._quarantine / path.name)
            return []
        if segment.broken_at is not None:
            log.error("segment is damaged, kept aside file=%s offset=%d", path.name, segment.broken_at)
            (self._quarantine / path.name).write_bytes(path.read_bytes())
        return segment.batches

    def _insert(self, rows: pa.Table, token: str) -> None:
        started = time.thread_time()
        spans, records = split_records(rows)
        if records.num_rows:
            insert_records(self._store, records, token)
        for table in (TRACES, PAYLOADS) if spans.num_rows else ():
            self._store.insert(table, spans.select(columns_of(table)), f"{token}-{table}")
        metrics.stage_seconds.labels("insert").inc(time.thread_time() - started)
        started = time.thread_time()
        touched = find_touched(self._store, records) if records.num_rows else {}
        update_traces(self._store, spans.select(columns_of(STEPS)), token, touched, self._prices)
        metrics.stage_seconds.labels("assemble").inc(time.thread_time() - started)
        metrics.loaded_spans.inc(spans.num_rows)
        received = pc.min(rows["ReceivedAt"]).cast(pa.int64()).as_py()
        metrics.queryable_delay.observe(max(0.0, time.time() - received / 1e6))

    def _single_out(self, segments: list[Path], error: StoreError) -> None:
        """A batch that cannot be loaded is taken again segment by segment; a segment goes to `dead/` with its reason.

        So one poisonous span takes nothing with it but its own segment.
        """
        if len(segments) > 1:
            self._one_by_one = len(segments)
        else:
            path = segments[0]
            metrics.dead_spans.inc(read_segment(path).rows)
            (self._dead / f"{path.name}.reason").write_text(f"{error}\n")
            path.rename(self._dead / path.name)
            log.error("segment cannot be loaded, a person is needed file=%s code=%d", path.name, error.code)
        self._forget([])

    def _forget(self, segments: list[Path]) -> None:
        for path in segments:
            path.unlink(missing_ok=True)
        (self._settings.directory / MANIFEST).unlink(missing_ok=True)
        sync_directory(self._settings.directory)

    def _pause(self, failures: int) -> float:
        longest = min(self._settings.longest_pause_s, 0.2 * 2 ** min(failures, 10))
        return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret
