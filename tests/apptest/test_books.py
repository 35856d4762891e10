"""The books balance, from `/metrics` alone: received = stored + refused + dead, and nothing waits. And the idle service
spends next to nothing."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import httpx
import pyarrow as pa
import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector.segment import encode_header, encode_record, read_segment
from runvault.service import Service, start_service
from schema.batch import RedactedBatch
from tests.apptest.killing import EXPORT
from tests.apptest.ledger import list_spans, read_dump
from tests.apptest.load import run_load
from tests.apptest.overload import read_cpu
from tests.apptest.test_bad_input import PROTOBUF, list_children, make_protobuf

pytestmark = pytest.mark.service


def read_books(service: Service) -> dict[str, float]:
    """Totals of the counters and gauges that the books are made of."""
    with httpx.Client(trust_env=False, timeout=30) as http:
        text = http.get(f"{service.api}/metrics").text
    return sum_page(text)


def sum_page(text: str) -> dict[str, float]:
    """Totals of a page of Prometheus text, by metric."""
    books: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            books[sample.name] = books.get(sample.name, 0.0) + sample.value
    return books


def test_received_is_stored_and_refused_and_dead(tmp_path: Path) -> None:
    dump = tmp_path / "load.bin"
    run_load("--spans", "300", "--batch-spans", "30", "--dialect", "genai", "--text-bytes", "200", "--history-bytes",
             "400", "--seed", "books", "--dump", str(dump))  # fmt: skip
    bodies = list(read_dump(dump))
    spans = sum(len(list_spans(body)) for body in bodies)
    service = start_service(tmp_path / "data")
    try:
        with (
            httpx.Client(trust_env=False, timeout=30) as http,
            grpc.insecure_channel(service.otlp_grpc.removeprefix("http://")) as channel,
        ):
            url = f"{service.otlp_http}/v1/traces"
            assert [http.post(url, content=body, headers=PROTOBUF).status_code for body in bodies] == [200] * len(
                bodies
            )
            assert http.post(url, content=bodies[0], headers=PROTOBUF).status_code == 200  # sent again
            assert http.post(url, content=b"\xff garbage", headers=PROTOBUF).status_code == 400
            assert http.post(url, content=bytes(65 << 20), headers=PROTOBUF).status_code == 413
            assert http.post(url, content=make_protobuf(b"short"), headers=PROTOBUF).status_code == 200
            export: Any = channel.unary_unary(EXPORT)
            export(bodies[1], timeout=20)
        received = spans + len(list_spans(bodies[0])) + len(list_spans(bodies[1])) + 1
        deadline = time.monotonic() + 30
        while (books := read_books(service))["runvault_loaded_spans_total"] < received - 1:
            assert time.monotonic() < deadline, books
            time.sleep(0.1)
        assert books["runvault_received_spans_total"] == received
        assert books["runvault_refused_spans_total"] == 1
        assert books["runvault_journalled_spans_total"] == received - 1
        assert books["runvault_loaded_spans_total"] + books["runvault_dead_spans_total"] == received - 1
        assert (books["runvault_journal_segments"], books["runvault_in_flight_bytes"]) == (0, 0)
        assert books["runvault_requests_total"] == len(bodies) + 5
    finally:
        assert service.stop() == 0


def poison(segment: Path) -> int:
    """Rewrite a segment that waits, its rows of a type that the store refuses; how many rows. Stands for a defect of
    ours: no span that a sender can make is refused by the store."""
    tables = read_segment(segment).batches
    place = tables[0].schema.get_field_index("Duration")
    words = [table.set_column(place, "Duration", pa.array(["long"] * table.num_rows)) for table in tables]
    beside = segment.with_suffix(".poison")
    records = [encode_record(RedactedBatch(table, {}, 0, 0)) for table in words]
    beside.write_bytes(encode_header(time.time_ns(), "poison") + b"".join(records))
    beside.rename(segment)
    return sum(table.num_rows for table in words)


def test_what_cannot_be_loaded_is_in_the_books(tmp_path: Path) -> None:
    service = start_service(tmp_path / "data", {"RUNVAULT_LOADER_INTERVAL_MS": "8000"})
    try:
        with httpx.Client(trust_env=False, timeout=30) as http:
            url = f"{service.otlp_http}/v1/traces"
            http.post(url, content=make_protobuf(b"\1" * 16), headers=PROTOBUF).raise_for_status()
            wait_for(lambda: read_books(service)["runvault_loaded_spans_total"] == 1)
            http.post(url, content=make_protobuf(b"\2" * 16), headers=PROTOBUF).raise_for_status()
            journal = tmp_path / "data" / "journal"
            wait_for(lambda: any(journal.glob("*.seg")))
        (segment,) = journal.glob("*.seg")
        assert poison(segment) == 1
        wait_for(lambda: read_books(service)["runvault_dead_spans_total"] == 1)
        books = read_books(service)
        assert books["runvault_received_spans_total"] == 2
        assert (books["runvault_loaded_spans_total"], books.get("runvault_refused_spans_total", 0)) == (1, 0)
        assert (books["runvault_journal_segments"], books["runvault_dead_segments"]) == (0, 1)
    finally:
        assert service.stop() == 0


def wait_for(condition: Callable[[], bool], patience_s: float = 30.0) -> None:
    """Return when it holds; fails when it does not in time."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_idle_service_spends_next_to_nothing(tmp_path: Path) -> None:
    service = start_service(tmp_path / "data")
    try:
        time.sleep(3)  # what the start put off
        pids = [service.process.pid, *list_children(service.process.pid)]
        before, started = [read_cpu(pid) for pid in pids], time.monotonic()
        time.sleep(15)
        spent = sum(read_cpu(pid) for pid in pids) - sum(before)
        share = spent / (time.monotonic() - started)
        print(f"idle: {share:.4f} of a core, load average {os.getloadavg()[0]:.1f}")
        # the goal is 0.01; a clock tick is 0.01 s, and the embedded engine's own threads count too
        assert share < 0.02
    finally:
        assert service.stop() == 0
