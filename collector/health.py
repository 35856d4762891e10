"""What the journal's directory and the store say about themselves: for metrics, for `/readyz`, for people."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from collector import metrics
from collector.recovery import FINISHED, OPEN
from schema.errors import StoreError
from schema.store import Store


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """Segments waiting, their bytes and the age of the oldest (seconds); segments that need a person."""

    segments: int
    bytes: int
    oldest_s: float
    dead: int
    quarantined: int


def read_journal_health(directory: Path) -> JournalHealth:
    """Look at a journal's directory. Files that vanish meanwhile are not counted."""
    sizes, times = [], []
    for path in directory.iterdir() if directory.is_dir() else ():
        if path.suffix in (OPEN, FINISHED):
            try:
                sizes.append(path.stat().st_size)
            except FileNotFoundError:
                continue
            times.append(int(path.name.partition("-")[0]) / 1e9)
    oldest = max(0.0, time.time() - min(times)) if times else 0.0
    return JournalHealth(len(sizes), sum(sizes), oldest, _count(directory / "dead"), _count(directory / "quarantine"))


def publish_journal_health(directory: Path) -> None:
    """Set the journal's gauges."""
    health = read_journal_health(directory)
    metrics.journal_segments.set(health.segments)
    metrics.journal_bytes.set(health.bytes)
    metrics.journal_oldest_seconds.set(health.oldest_s)
    metrics.dead_segments.set(health.dead)
    metrics.quarantined_segments.set(health.quarantined)


def publish_store_health(store: Store) -> None:
    """Set the store's gauges. Raises StoreError."""
    rows = store.query("SELECT count() AS parts FROM system.parts WHERE active", tag="runvault.metrics")
    metrics.store_parts.set(rows[0]["parts"])


def render_service_metrics(store: Store, directory: Path) -> str:
    """All metrics as Prometheus text, with the gauges of the journal and the store as they are now."""
    publish_journal_health(directory)
    with suppress(StoreError):  # a store that is away is told by the loader; the other metrics still stand
        publish_store_health(store)
    return metrics.render_metrics()


def _count(directory: Path) -> int:
    return sum(path.suffix == FINISHED for path in directory.iterdir()) if directory.is_dir() else 0
