"""Far more than the service can take: it refuses for now, stays within its memory, and loses nothing it acknowledged.

python -m tests.apptest.overload --seconds 600 prints one JSON line of figures.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import grpc
import httpx
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from runvault.service import Service, start_service
from tests.apptest.ask import wait_for_spans
from tests.apptest.killing import EXPORT, HEADERS, open_client, send_http
from tests.apptest.ledger import list_spans, read_dump
from tests.apptest.load import run_load
from tests.apptest.test_bad_input import list_children

IN_FLIGHT = 3 << 20
"""Bytes in flight that one collector is allowed: room for about a third of what the senders hold out."""
SENDERS = 24
RSS_BOUND = 500 << 20
"""A collector at rest holds 200 MB or so; in flight bytes may be unpacked and decoded one request at a time."""


class Flood:
    """Senders that never wait for a refusal to pass, and what they were told."""

    def __init__(self, service: Service, bodies: list[bytes]) -> None:
        self._service, self._bodies = service, bodies
        self.answers: Counter[str] = Counter()
        self.acknowledged: set[int] = set()
        self.rss: list[int] = []
        self._lock = threading.Lock()
        self._until = 0.0

    def run(self, seconds: float, collector: int) -> None:
        """Send from all sides for so long; note the collector's greatest memory ten times on the way."""
        self._until = time.monotonic() + seconds
        threads = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
        for thread in threads:
            thread.start()
        for _ in range(10):
            time.sleep(seconds / 10)
            self.rss.append(read_rss(collector))
        for thread in threads:
            thread.join()

    def _send(self, sender: int) -> None:
        number = sender
        with (
            httpx.Client(trust_env=False, timeout=60) as http,
            grpc.insecure_channel(self._service.otlp_grpc.removeprefix("http://")) as channel,
        ):
            export: Any = channel.unary_unary(EXPORT)
            while time.monotonic() < self._until:
                number = (number + SENDERS) % len(self._bodies)
                body = self._bodies[number]
                answer = call(export, body) if sender % 4 == 0 else post(http, self._service, body)
                with self._lock:
                    self.answers[answer] += 1
                    if answer == "ok":
                        self.acknowledged.add(number)


def post(http: httpx.Client, service: Service, body: bytes) -> str:
    """`ok`, or the status and whether there was a hint when to try again."""
    answer = http.post(f"{service.otlp_http}/v1/traces", content=body, headers=HEADERS)
    if answer.status_code == 200:
        return "ok"
    return f"HTTP {answer.status_code} {'hint' if answer.headers.get('retry-after', '').isdigit() else 'no hint'}"


def call(export: Any, body: bytes) -> str:
    """The same over gRPC: the hint is RetryInfo in the status details."""
    try:
        export(body, timeout=60)
    except grpc.RpcError as error:
        told: Any = error
        details = dict(told.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        hinted = any(detail.Is(RetryInfo.DESCRIPTOR) for detail in Status.FromString(details).details)
        return f"gRPC {told.code().name} {'hint' if hinted else 'no hint'}"
    return "ok"


def read_rss(pid: int) -> int:
    """The most memory that a process ever held, bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def read_cpu(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_cost(service: Service, collector: int, bodies: list[bytes]) -> float:
    """CPU seconds that the collector spends on these requests, one after the other."""
    before = read_cpu(collector)
    with open_client() as http:
        assert all(send_http(http, service, body) for body in bodies)
    return read_cpu(collector) - before


def overload(directory: Path, seconds: float) -> dict[str, Any]:
    """The whole trial; its figures. Raises AssertionError when a promise is broken."""
    dump = directory / "load.bin"
    run_load("--spans", "6000", "--batch-spans", "100", "--dialect", "genai", "--text-bytes", "1000",
             "--history-bytes", "4000", "--seed", "flood", "--dump", str(dump))  # fmt: skip
    bodies = list(read_dump(dump))
    environment = {"RUNVAULT_LIMITS_MAX_IN_FLIGHT_BYTES": str(IN_FLIGHT)}
    service = start_service(directory / "data", environment, ("--workers", "1"))
    (collector,) = list_children(service.process.pid)
    try:
        measure_cost(service, collector, bodies[:20])  # warm
        before = measure_cost(service, collector, bodies[:20])
        flood = Flood(service, bodies)
        flood.run(seconds, collector)
        after = measure_cost(service, collector, bodies[:20])
        rss = read_rss(collector)
        promised = {key for number in flood.acknowledged | set(range(20)) for key in list_spans(bodies[number])}
        with httpx.Client(trust_env=False, timeout=30) as http:
            steps = sum(run["steps"] for run in wait_for_spans(http, service, len(promised), 120))
    finally:
        assert service.stop() == 0
    figures = {
        "seconds": seconds,
        "answers": dict(flood.answers),
        "rss_mb": rss >> 20,
        "rss_series_mb": [size >> 20 for size in flood.rss],
        "cpu_before_s": round(before, 2),
        "cpu_after_s": round(after, 2),
        "acknowledged_spans": len(promised),
        "queryable_spans": steps,
        "load_average": os.getloadavg()[0],
    }
    assert steps == len(promised), figures
    assert not [answer for answer in flood.answers if "no hint" in answer], figures
    assert rss < RSS_BOUND, figures
    return figures


def main() -> None:
    """Run it in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    with tempfile.TemporaryDirectory(prefix="runvault-overload-") as directory:
        print(json.dumps(overload(Path(directory), parser.parse_args().seconds)))


if __name__ == "__main__":
    main()
