"""Full, read-only and torn: nothing acknowledged is lost, the state is clear, and it is over when it is over."""

import time
from pathlib import Path

import httpx
import pytest

from collector.journal import Journal, JournalSettings
from collector.load import Loader, LoaderSettings
from collector.recovery import list_segments
from collector.segment import encode_header, encode_record, read_segment
from runvault.service import Service, start_service
from schema.store import Store
from tests.apptest.ask import wait_for_spans
from tests.apptest.disks import fill, remount, small_disk
from tests.apptest.ledger import list_spans, read_dump
from tests.apptest.load import run_load
from tests.collector.batches import make_batch

PROTOBUF = {"content-type": "application/x-protobuf"}


def test_a_journal_on_a_disk_that_runs_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        journal = Journal(JournalSettings(disk, segment_age_s=60), "p")
        batch = make_batch(20)
        answers = [journal.append(batch).exception(10) for _ in range(100)]
        kept = answers.count(None)
        assert 0 < kept < 100
        assert {str(answer) for answer in answers if answer} == {
            "the journal cannot be written: No space left on device"
        }
        assert sum(read_segment(path).rows for path in list_segments(disk)) == 20 * kept
        for path in list_segments(disk):  # room again
            path.unlink()
        journal.append(batch).result(10)
        journal.close()
        assert [read_segment(path).rows for path in list_segments(disk)] == [20]


@pytest.mark.engine
def test_a_full_disk_does_not_keep_the_loader_from_emptying_it(store: Store, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        loader = Loader(store, LoaderSettings(disk))
        journal = Journal(JournalSettings(disk), "p")
        journal.append(make_batch(3, "d1" * 16)).result(10)
        journal.close()
        fill(disk)
        loader.drain()
        loader.close()
        assert list_segments(disk) == []
    rows = store.query("SELECT count() AS n FROM otel_traces FINAL WHERE TraceId = {t:String}", {"t": "d1" * 16},
                       tag="test")  # fmt: skip
    assert rows == [{"n": 3}]


@pytest.mark.engine
def test_torn_at_every_offset_what_was_acknowledged_is_queryable(store: Store, tmp_path: Path) -> None:
    """A collector killed at every byte of its record's head and end, and at places in between."""
    length = len(encode_record(make_batch(1)))
    cuts = sorted({*range(65), *range(length - 32, length), *range(65, length - 32, 211)})
    for number, cut in enumerate(cuts):
        kept, torn = make_batch(2, f"{number:08x}{'aa' * 12}"), make_batch(1, f"{number:08x}{'bb' * 12}")
        data = encode_header(1, "p") + encode_record(kept) + encode_record(torn)[:cut]
        (tmp_path / f"{number:020d}-1-ab-1.open").write_bytes(data)
    loader = Loader(store, LoaderSettings(tmp_path))
    loader.drain()
    loader.close()
    rows = store.query(
        "SELECT countIf(endsWith(TraceId, {a:String})) AS kept, countIf(endsWith(TraceId, {b:String})) AS torn"
        " FROM otel_traces FINAL",
        {"a": "aa" * 12, "b": "bb" * 12},
        tag="test",
    )
    assert rows == [{"kept": 2 * len(cuts), "torn": 0}]
    assert not list((tmp_path / "quarantine").iterdir())


def post(service: Service, body: bytes) -> httpx.Response:
    """Send a request."""
    with httpx.Client(trust_env=False, timeout=30) as http:
        return http.post(f"{service.otlp_http}/v1/traces", content=body, headers=PROTOBUF)


def read_problems(service: Service) -> dict[str, str]:
    """What `/readyz` says."""
    with httpx.Client(trust_env=False, timeout=30) as http:
        answer = http.get(f"{service.api}/readyz")
    return {} if answer.status_code == 200 else dict(answer.json()["checks"])


def wait_until_taken(service: Service, body: bytes) -> None:
    """The service recovers by itself, and says so."""
    deadline = time.monotonic() + 15
    while post(service, body).status_code != 200 or read_problems(service):
        assert time.monotonic() < deadline, read_problems(service)
        time.sleep(0.2)


@pytest.mark.service
def test_a_service_whose_journal_is_full_or_read_only_says_so_and_recovers(tmp_path: Path) -> None:
    dump = tmp_path / "load.bin"
    run_load("--spans", "200", "--batch-spans", "20", "--dialect", "genai", "--text-bytes", "200", "--history-bytes",
             "400", "--seed", "disk", "--dump", str(dump))  # fmt: skip
    bodies = list(read_dump(dump))
    with small_disk(tmp_path / "data" / "journal", "24m") as disk:
        service = start_service(tmp_path / "data", {"RUNVAULT_JOURNAL_MIN_FREE_BYTES": str(1 << 20)})
        try:
            assert post(service, bodies[0]).status_code == 200
            ballast = fill(disk)
            time.sleep(0.5)
            refused = post(service, bodies[1])
            assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
            assert "free" in read_problems(service)["journal"]
            ballast.unlink()
            wait_until_taken(service, bodies[1])
            deadline = time.monotonic() + 15
            while list_segments(disk) or list(disk.glob("*.open")):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            time.sleep(0.5)
            remount(disk, "ro")
            refused = post(service, bodies[2])
            assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
            assert "not writable" in read_problems(service)["journal"]
            remount(disk, "rw")
            for body in bodies[2:]:
                wait_until_taken(service, body)
            everything = {key for body in bodies for key in list_spans(body)}
            with httpx.Client(trust_env=False, timeout=30) as http:
                runs = wait_for_spans(http, service, len(everything))
            assert sum(run["steps"] for run in runs) == len(everything)
        finally:
            assert service.stop() == 0
