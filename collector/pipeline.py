"""Read this first: how a request becomes an acknowledged batch.

    bytes ─▶ decode ─▶ normalise ─▶ redact ─▶ journal ─▶ acknowledge
             decode.py  normalise.py  redaction/walk.py  journal.py

    …and from there, in another process: journal ─▶ load ─▶ store (load.py, traces.py, assemble.py)

Each stage is one function with a declared input and output:

    decode      bytes           → Decoded        spans that can be kept, and counts of those refused
    normalise   list[Span]      → SpanBatch      columns; the dialects end here
    redact      SpanBatch       → RedactedBatch  nothing raw goes further, originals only sealed; fails closed
    journal     RedactedBatch   → Future         done when it is on disk: only then is the sender told "kept"
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from prometheus_client import Counter

from collector import metrics
from collector.decode import Decoded, decode_logs, decode_traces
from collector.journal import Journal
from collector.modes import strip_payloads
from collector.normalise import Context, normalise_spans
from collector.normalise_records import normalise_records
from collector.price_files import PriceFile
from collector.pricing import PriceBook
from collector.rules import Rules
from redaction.originals import OriginalsSealer
from redaction.redactor import TextRedactor
from redaction.walk import redact_spans
from schema.batch import RedactedBatch, SpanBatch
from schema.lifetimes import RetentionPolicy


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """What normalising needs to know beyond the span itself."""

    review_usd_per_hour: Decimal = Decimal(0)
    oldest_days: int = 400
    price_file: PriceFile | None = None
    rules: Rules | None = None
    retention: RetentionPolicy = field(default_factory=RetentionPolicy)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request: `kept` is done when the spans are on disk. `size` is what they took, in bytes."""

    kept: "Future[None] | None"
    spans: int
    refused: int
    reason: str
    size: int = 0


class Pipeline:
    """The stages of one collector process, in order. `accept` blocks for the CPU work only, not for the disk."""

    def __init__(
        self,
        redactor: TextRedactor,
        journal: Journal,
        hash_input: Callable[[str, str], str],
        settings: PipelineSettings,
        sealer: OriginalsSealer | None = None,
    ) -> None:
        self._redactor = redactor
        self._journal = journal
        self._hash_input = hash_input
        self._settings = settings
        self._sealer = sealer
        self._prices = PriceBook(settings.price_file)

    def accept(self, body: bytes, content_type: str, tenant: str, environment: str = "") -> Receipt:
        """Take in one OTLP trace request. Raises DecodeError; what can be kept is on its way to the journal.

        Tenant and environment are those of the sender's key; without an environment there, a span may name its own.
        """
        metrics.received_bytes.inc(len(body))
        decoded = self.decode(body, content_type)
        refused = sum(decoded.refused.values())
        reason = "; ".join(f"{count} spans: {problem}" for problem, count in sorted(decoded.refused.items()))
        if not decoded.spans:
            return Receipt(None, 0, refused, reason)
        kept = self._keep(
            lambda: self.normalise(decoded, tenant, environment), len(decoded.spans), metrics.refused_spans
        )
        return Receipt(kept, len(decoded.spans), refused, reason, len(body))

    def accept_logs(self, body: bytes, content_type: str, tenant: str, environment: str = "") -> Receipt:
        """Take in one OTLP logs request: records of a known dialect become supplements of their spans, others are
        refused one by one. Raises DecodeError."""
        metrics.received_bytes.inc(len(body))
        with _measure("decode"):
            decoded = decode_logs(body, content_type)
        with _measure("normalise"):
            records = normalise_records(decoded.records, self._make_context(tenant, environment))
        refusals = decoded.refused + records.refused
        for problem, count in refusals.items():
            metrics.refused_records.labels(problem).inc(count)
        metrics.received_records.inc(len(records.batch) + sum(refusals.values()))
        reason = "; ".join(f"{count} records: {problem}" for problem, count in sorted(refusals.items()))
        if not len(records.batch):
            return Receipt(None, 0, sum(refusals.values()), reason)
        kept = self._keep(lambda: records.batch, len(records.batch), metrics.refused_records)
        return Receipt(kept, len(records.batch), sum(refusals.values()), reason, len(body))

    def _keep(self, make_batch: Callable[[], SpanBatch], rows: int, refused: Counter) -> "Future[None]":
        """Normalise, redact and journal. The books balance, whether or not the sender is still there to hear of it."""

        def count_refused(error: BaseException | None) -> None:
            if error is not None:
                refused.labels(type(error).__name__).inc(rows)

        try:
            kept = self._journal.append(self.redact(make_batch()))
        except Exception as error:
            count_refused(error)
            raise
        kept.add_done_callback(lambda done: count_refused(done.exception()))
        return kept

    def decode(self, body: bytes, content_type: str) -> Decoded:
        """Bytes → spans."""
        with _measure("decode"):
            decoded = decode_traces(body, content_type)
        metrics.received_spans.inc(len(decoded.spans) + sum(decoded.refused.values()))
        for problem, count in decoded.refused.items():
            metrics.refused_spans.labels(problem).inc(count)
        return decoded

    def normalise(self, decoded: Decoded, tenant: str, environment: str = "") -> SpanBatch:
        """Spans → columns."""
        with _measure("normalise"):
            return normalise_spans(decoded.spans, self._make_context(tenant, environment))

    def _make_context(self, tenant: str, environment: str) -> Context:
        return Context(
            tenant=tenant,
            received_at_us=time.time_ns() // 1000,
            prices=self._prices,
            hash_input=self._hash_input,
            review_usd_per_hour=self._settings.review_usd_per_hour,
            oldest_days=self._settings.oldest_days,
            rules=self._settings.rules,
            retention=self._settings.retention,
            environment=environment,
        )

    def redact(self, batch: SpanBatch) -> RedactedBatch:
        """Columns → what may be written."""
        with _measure("redact"):
            strip_payloads(batch, self._settings.retention)
            redacted = redact_spans(batch, self._redactor, self._sealer)
        for entity, count in redacted.findings.items():
            metrics.findings.labels(entity).inc(count)
        metrics.failed_closed.inc(redacted.failed_closed)
        metrics.scanned_bytes.inc(redacted.scanned_bytes)
        return redacted


@contextmanager
def _measure(stage: str) -> Iterator[None]:
    started = time.thread_time()
    try:
        yield
    finally:
        metrics.stage_seconds.labels(stage).inc(time.thread_time() - started)
