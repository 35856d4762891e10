"""What the collector and the loader count. Each stage counts in, out and dropped, so that the books balance.

Names follow Prometheus: `runvault_<thing>_<unit>_total`. Labels are from small fixed sets; a span's value is never
one. With PROMETHEUS_MULTIPROC_DIR set, counters live in files there, are summed over processes and survive a
worker's death.
"""

import os
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

REGISTRY = CollectorRegistry()

requests = Counter(
    "runvault_requests_total", "OTLP requests by signal, protocol and result", ["signal", "protocol", "result"],
    registry=REGISTRY,
)  # fmt: skip
received_spans = Counter("runvault_received_spans_total", "spans decoded from requests", registry=REGISTRY)
received_bytes = Counter("runvault_received_bytes_total", "bytes of requests, decompressed", registry=REGISTRY)
refused_spans = Counter("runvault_refused_spans_total", "spans refused, by reason", ["reason"], registry=REGISTRY)
received_records = Counter("runvault_received_log_records_total", "log records in requests", registry=REGISTRY)
refused_records = Counter(
    "runvault_refused_log_records_total", "log records refused, by reason", ["reason"], registry=REGISTRY
)
journalled_spans = Counter("runvault_journalled_spans_total", "spans on disk in the journal", registry=REGISTRY)
journalled_bytes = Counter("runvault_journalled_bytes_total", "bytes written to the journal", registry=REGISTRY)
loaded_spans = Counter("runvault_loaded_spans_total", "spans inserted into the store", registry=REGISTRY)
dead_spans = Counter("runvault_dead_spans_total", "spans set aside because they cannot be loaded", registry=REGISTRY)
expired_spans = Counter(
    "runvault_expired_spans_total", "spans and records loaded past their lifetime: not stored", registry=REGISTRY
)
expired_rows = Counter(
    "runvault_expired_rows_total", "rows that went because their lifetime was over", ["data_class"], registry=REGISTRY
)
load_failures = Counter("runvault_load_failures_total", "inserts that failed and are tried again", registry=REGISTRY)
contended_batches = Counter(
    "runvault_contended_batches_total", "times that another loader wrote about the same traces", registry=REGISTRY
)
findings = Counter("runvault_redaction_findings_total", "findings by entity", ["entity"], registry=REGISTRY)
failed_closed = Counter(
    "runvault_redaction_failed_closed_total", "values replaced because a detector failed", registry=REGISTRY
)
scanned_bytes = Counter("runvault_redaction_scanned_bytes_total", "bytes of text scanned", registry=REGISTRY)
sealed_spans = Counter("runvault_sealed_spans_total", "spans whose originals were sealed", registry=REGISTRY)
sealed_bytes = Counter("runvault_sealed_bytes_total", "bytes of seals", registry=REGISTRY)
unsealed_spans = Counter(
    "runvault_unsealed_spans_total", "spans whose originals were dropped for want of a public key", registry=REGISTRY
)
stage_seconds = Counter("runvault_stage_cpu_seconds_total", "CPU seconds spent by stage", ["stage"], registry=REGISTRY)
in_flight_bytes = Gauge(
    "runvault_in_flight_bytes", "bytes of requests being worked on", registry=REGISTRY, multiprocess_mode="livesum"
)
journal_segments = Gauge(
    "runvault_journal_segments", "segments waiting to be loaded", registry=REGISTRY, multiprocess_mode="mostrecent"
)
journal_bytes = Gauge(
    "runvault_journal_bytes", "bytes waiting to be loaded", registry=REGISTRY, multiprocess_mode="mostrecent"
)
journal_oldest_seconds = Gauge(
    "runvault_journal_oldest_seconds", "age of the oldest segment that waits", registry=REGISTRY,
    multiprocess_mode="mostrecent",
)  # fmt: skip
dead_segments = Gauge(
    "runvault_dead_segments", "segments that cannot be loaded", registry=REGISTRY, multiprocess_mode="mostrecent"
)
quarantined_segments = Gauge(
    "runvault_quarantined_segments", "segments that cannot be read whole", registry=REGISTRY,
    multiprocess_mode="mostrecent",
)  # fmt: skip
store_parts = Gauge(
    "runvault_store_parts", "active parts of the store's tables", registry=REGISTRY, multiprocess_mode="mostrecent"
)
collector_restarts = Counter(
    "runvault_collector_restarts_total", "collectors that died and were started again", registry=REGISTRY
)
sql_statements = Counter(
    "runvault_sql_statements_total", "statements at the SQL port, by how they ended", ["result"], registry=REGISTRY
)
queryable_delay = Histogram(
    "runvault_queryable_delay_seconds", "from receiving a batch to it being queryable",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300), registry=REGISTRY,
)  # fmt: skip


def forget_process(pid: int) -> None:
    """Take back what a dead process said of its present state; what it counted stays."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one metric shows: its name, the values of its labels (by the labels' names) joined by `/`, and whether it
    only ever counts up."""

    name: str
    label: str
    value: float
    is_counter: bool


def render_metrics() -> str:
    """All metrics as Prometheus text, summed over processes where there are several."""
    return generate_latest(_gather()).decode()


def read_metrics() -> list[Reading]:
    """The same as numbers. A histogram is its sum, its count and its buckets, each counting all that is below it."""
    return [
        Reading(sample.name, "/".join(value for _, value in sorted(sample.labels.items())), sample.value, is_counter)
        for family in _gather().collect()
        for is_counter in [family.type != "gauge"]
        for sample in family.samples
        if not sample.name.endswith("_created")
    ]


def _gather() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
