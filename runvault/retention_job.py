"""The retention job, beside the loader: lets go what is due, at every interval and right after midnight (UTC)."""

import logging
import threading
import time
from pathlib import Path

from collector import metrics
from collector.ages import Ages
from collector.load import describe_failure
from collector.old_files import drop_overdue
from schema.retention import Retention

log = logging.getLogger("runvault.retention")

DAY_S = 86_400
AFTER_MIDNIGHT_S = 5


class RetentionJob:
    """Runs in a thread of its own from `start` to `stop`."""

    def __init__(self, retention: Retention, journal: Path, interval_s: float) -> None:
        self._retention = retention
        self._journal = journal
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        """Begin; the first look is at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the partition at hand."""
        self._stop.set()
        self._thread.join()

    def work_once(self) -> None:
        """Let go what is due, move what is old enough. Raises StoreError, ConfigError, OSError."""
        for due in self._retention.expire_due():
            metrics.expired_rows.labels(due.data_class).inc(due.rows)
            log.info("expired table=%s day=%s rows=%d", due.partition.table, due.partition.day, due.rows)
            if self._stop.is_set():
                return
        for partition in self._retention.cool():
            log.info("moved to cold table=%s day=%s bytes=%d", partition.table, partition.day, partition.bytes)
            if self._stop.is_set():
                return
        dropped = drop_overdue(self._journal, Ages(self._retention.read_horizon(), self._retention.today))
        if dropped:
            log.warning("dead or quarantined segments were past their lifetime, deleted files=%d", dropped)
        if self._retention.is_pending():
            log.warning("the retention policy of the settings is not in force: see runvault retention apply")

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.work_once()
            except Exception as error:  # noqa: BLE001 - the outermost loop: whatever it was, the next look may do better
                log.error("retention failed, will try again error=%s", describe_failure(error))
            self._stop.wait(min(self._interval_s, DAY_S - time.time() % DAY_S + AFTER_MIDNIGHT_S))
