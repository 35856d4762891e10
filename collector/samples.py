"""The service's own health, sample by sample, in the store: what `/metrics` tells Prometheus, for boards that can ask
ClickHouse only."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from collector.health import publish_journal_health, publish_store_health
from collector.metrics import Reading, read_metrics
from schema.store import Store

TABLE = "health_samples"
OWNER = "default"
"""Tenant of the samples: that of callers without keys, so whoever runs the installation."""


class HealthSampler:
    """Writes one sample at each call of `take`. Not for several threads."""

    def __init__(self, store: Store, journal: Path, instance: str) -> None:
        """`instance` names this service among others that write into the same store."""
        self._store = store
        self._journal = journal
        self._instance = instance
        # counters begin at 0 with the process
        self._counted: dict[tuple[str, str], float] = {}

    def take(self) -> int:
        """Write what moved since the last sample, and what the gauges show; how many rows. What could not be written
        is in the next sample. Raises StoreError."""
        publish_journal_health(self._journal)
        publish_store_health(self._store)
        readings = read_metrics()
        rows = [(one.name, one.label, value) for one in readings if (value := self._find_value(one)) is not None]
        self._write(rows)
        self._counted = {(one.name, one.label): one.value for one in readings if one.is_counter}
        return len(rows)

    def _find_value(self, reading: Reading) -> float | None:
        if not reading.is_counter:
            return reading.value
        moved = reading.value - self._counted.get((reading.name, reading.label), 0.0)
        return moved or None

    def _write(self, rows: list[tuple[str, str, float]]) -> None:
        now_ms = time.time_ns() // 1_000_000
        day = datetime.fromtimestamp(now_ms / 1000, UTC).date()
        names, labels, values = zip(*rows, strict=True)
        told = {"Tenant": OWNER, "Environment": "", "Instance": self._instance}
        columns = {name: pa.array([value] * len(rows), pa.string()) for name, value in told.items()}
        columns |= {"Name": pa.array(names, pa.string()), "Label": pa.array(labels, pa.string())}
        columns |= {"Value": pa.array(values, pa.float64()), "Day": pa.array([day] * len(rows), pa.date32())}
        columns["At"] = pa.array([now_ms] * len(rows), pa.timestamp("ms", "UTC"))
        self._store.insert(TABLE, pa.table(columns), f"health-{self._instance}-{now_ms}")
