"""Redacted batches for tests of the journal: the real stages, without a redactor that finds anything."""

import time

from collector.normalise import Context, normalise_spans
from collector.pricing import PriceBook
from collector.spans import Resource, Scope, Span
from redaction.walk import redact_spans
from schema.batch import RedactedBatch
from tests.bench.ingest import PassThrough


def make_spans(count: int, trace_id: str = "ab" * 16, start_ns: int | None = None) -> list[Span]:
    """A root and its children."""
    start = time.time_ns() if start_ns is None else start_ns
    resource, scope = Resource({"service.name": "svc"}), Scope("test", "1", {})
    return [
        Span(trace_id, f"{number + 1:016x}", "" if number == 0 else f"{1:016x}", "", f"step {number}", 1,
             start + number, start + number + 10, {"k": "v"}, 0, "", resource, scope)
        for number in range(count)
    ]  # fmt: skip


def make_context(received_at_us: int | None = None) -> Context:
    """Tenant `default`, received now."""
    now_us = time.time_ns() // 1000 if received_at_us is None else received_at_us
    return Context("default", now_us, PriceBook(), lambda tenant, text: f"{tenant}:{text}")


def make_batch(count: int, trace_id: str = "ab" * 16) -> RedactedBatch:
    """A batch fit for the journal."""
    return redact_spans(normalise_spans(make_spans(count, trace_id), make_context()), PassThrough())
