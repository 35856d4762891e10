"""Case `stored`: how fast the running service answers over HTTP with a million spans in the store."""

import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx

from runvault.service import start_service
from schema.store import Store
from tests.bench.filling import Filling
from tests.bench.machine import Figure, measure_wall

FILLING = Filling(1_000_000)
TIMES = 30
LATENCY = "/v1/analytics/latency"


def run_stored() -> list[Figure]:
    """Fill a store in a temporary folder, serve it, and ask the questions that have a goal."""
    with tempfile.TemporaryDirectory(prefix="runvault-bench-") as folder:
        store = Store.open(str(Path(folder) / "store"))
        try:
            FILLING.fill(store)
        finally:
            store.close()
        service = start_service(Path(folder))
        try:
            # an environment's proxy must not be asked for the own machine
            with httpx.Client(base_url=service.api, timeout=60, trust_env=False) as client:
                return _ask_all(client)
        finally:
            service.stop()


def _ask_all(client: httpx.Client) -> list[Figure]:
    return [
        *_ask("replay by run id", _cycle_replays(client), 50.0),
        *_ask("run latency by workflow", _get(client, f"{LATENCY}?of=run&group_by=workflow"), 150.0),
        *_ask("step latency by workflow", _get(client, f"{LATENCY}?of=step&group_by=workflow"), 150.0),
        *_ask(
            "run latency by workflow, last 10 days",
            _get(client, f"{LATENCY}?of=run&group_by=workflow&since=2026-11-21"),
            None,
        ),
        *_ask("cost per outcome by workflow", _get(client, "/v1/analytics/cost-per-outcome?group_by=workflow"), None),
        *_ask("cost per outcome by model", _get(client, "/v1/analytics/cost-per-outcome?group_by=model"), None),
        *_ask("newest 50 runs", _get(client, "/v1/runs"), None),
        Figure("stored", "load of the machine at the end", os.getloadavg()[0], "processes"),
    ]


def _get(client: httpx.Client, path: str) -> Callable[[], None]:
    def work() -> None:
        response = client.get(path)
        assert response.status_code == 200, (path, response.status_code)

    return work


def _cycle_replays(client: httpx.Client) -> Callable[[], None]:
    """A replay of another run each time, so that no cache helps."""
    numbers = iter(FILLING.tenant_runs[388::619])

    def work() -> None:
        response = client.get(f"/v1/runs/run-{next(numbers)}/replay")
        assert response.status_code == 200, response.status_code
        assert len(response.json()["steps"]) in (12, 13)

    return work


def _ask(name: str, work: Callable[[], None], goal: float | None) -> list[Figure]:
    """Wall time as the asker sees it. The least says most about the program when others load the machine."""
    for _ in range(3):  # the first ones compile what the engine keeps
        work()
    taken = measure_wall(work, TIMES)
    return [
        Figure("stored", f"{name}, least", taken[0], "ms"),
        Figure("stored", f"{name}, median of {TIMES}", statistics.median(taken), "ms", goal),
        Figure("stored", f"{name}, 95th percentile", statistics.quantiles(taken, n=20)[-1], "ms"),
    ]
