"""SIGKILL while runs are read: every answer that was given has its entry, once, and the chain holds."""

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from runvault.service import Service, start_service

pytestmark = pytest.mark.service

KILLS, READERS = 3, 4


def read_until_killed(service: Service, prefix: str, answered: list[str], stop: threading.Event) -> None:
    """Ask for one run after another; note each that was answered (404: nobody has such a run)."""
    with httpx.Client(trust_env=False, timeout=20) as client:
        number = 0
        while not stop.is_set():
            run = f"{prefix}-{number}"
            try:
                answer = client.get(f"{service.api}/v1/runs/{run}/replay")
            except httpx.HTTPError:
                return
            assert answer.status_code == 404
            answered.append(run)
            number += 1


def list_entries(service: Service, action: str) -> list[dict[str, Any]]:
    """All entries of an action, page by page."""
    entries: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"action": action, "limit": 500}
    with httpx.Client(trust_env=False, timeout=60) as client:
        while True:
            page = client.get(f"{service.api}/v1/audit", params=asked).json()
            entries += page["items"]
            if page["next_cursor"] is None:
                return entries
            asked["cursor"] = page["next_cursor"]


def test_what_was_answered_is_in_the_trail(tmp_path: Path) -> None:
    answered: list[str] = []
    for kill in range(KILLS):
        service = start_service(tmp_path, options=("--workers", "1"))
        stop = threading.Event()
        readers = [
            threading.Thread(target=read_until_killed, args=(service, f"run-{kill}-{number}", answered, stop))
            for number in range(READERS)
        ]
        for reader in readers:
            reader.start()
        time.sleep(1.5 + 0.3 * kill)
        service.kill()
        stop.set()
        for reader in readers:
            reader.join()
    assert len(answered) > KILLS * READERS
    service = start_service(tmp_path, options=("--workers", "1"))
    try:
        found = [entry["object"] for entry in list_entries(service, "run.replay")]
        assert set(answered) <= set(found)
        assert len(found) == len(set(found))
        assert len(found) <= len(answered) + KILLS * READERS  # asked, and killed before the answer
        with httpx.Client(trust_env=False, timeout=60) as client:
            report = client.get(f"{service.api}/v1/audit/verify").json()
        assert report["holds"], report
        assert sum(chain["entries"] for chain in report["chains"]) >= len(found)
    finally:
        assert service.stop() == 0
