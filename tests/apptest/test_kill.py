"""SIGKILL right after an acknowledgement, again and again: nothing acknowledged is lost, nothing counts twice
(acceptance 5)."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from runvault.service import Service, start_service
from tests.apptest.ask import wait_for_spans
from tests.apptest.ledger import find_spans, list_spans, read_dump, settle, sum_up
from tests.apptest.load import run_load

pytestmark = pytest.mark.service

KILLS = 20
HEADERS = {"content-type": "application/x-protobuf"}
SENDERS = 4


def send(service: Service, body: bytes) -> bool:
    """Whether the request was acknowledged."""
    try:
        with httpx.Client(trust_env=False, timeout=20) as http:
            return http.post(f"{service.otlp_http}/v1/traces", content=body, headers=HEADERS).status_code == 200
    except httpx.HTTPError:
        return False


def send_and_kill(service: Service, bodies: list[tuple[int, bytes]], after: int) -> set[int]:
    """Send side by side; SIGKILL everything at the acknowledgement number `after`. Numbers of what was acknowledged."""
    acknowledged: set[int] = set()
    lock = threading.Lock()

    def work(numbered: tuple[int, bytes]) -> None:
        number, body = numbered
        if service.process.poll() is None and send(service, body):
            with lock:
                acknowledged.add(number)
                if len(acknowledged) == after:
                    service.kill()

    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(work, bodies))
    if service.process.poll() is None:
        service.kill()
    return acknowledged


def test_killed_right_after_an_acknowledgement(tmp_path: Path) -> None:
    dump = tmp_path / "load.bin"
    run_load("--spans", "2400", "--batch-spans", "24", "--dialect", "genai", "--text-bytes", "400",
             "--history-bytes", "2000", "--seed", "kill", "--dump", str(dump))  # fmt: skip
    bodies = list(enumerate(read_dump(dump)))
    chance = random.Random(5)
    waiting = list(bodies)
    acknowledged: set[int] = set()
    for _ in range(KILLS):
        service = start_service(tmp_path / "data")
        again = [bodies[number] for number in chance.sample(sorted(acknowledged), min(3, len(acknowledged)))]
        acknowledged |= send_and_kill(service, again + waiting, after=chance.randint(2, 6) + len(again))
        waiting = [numbered for numbered in bodies if numbered[0] not in acknowledged]
    assert len(acknowledged) >= 2 * KILLS

    service = start_service(tmp_path / "data")
    promised = {key for number in acknowledged for key in list_spans(bodies[number][1])}
    with httpx.Client(trust_env=False, timeout=30) as http:
        wait_for_spans(http, service, len(promised))
    found = find_spans(service)
    assert promised - set(found) == set()
    assert {key: times for key, times in found.items() if times != 1} == {}

    assert all(send(service, body) for _number, body in waiting)
    everything = {key for _number, body in bodies for key in list_spans(body)}
    settle(service, len(everything))
    totals = sum_up(service)
    assert all(send(service, body) for _number, body in chance.sample(bodies, len(bodies)))
    settle(service, len(everything))
    assert service.stop() == 0
    service = start_service(tmp_path / "data")
    assert sum_up(service) == totals
    assert service.stop() == 0

    untouched = start_service(tmp_path / "reference")
    assert all(send(untouched, body) for _number, body in bodies)
    settle(untouched, len(everything))
    assert sum_up(untouched) == totals
    assert untouched.stop() == 0
