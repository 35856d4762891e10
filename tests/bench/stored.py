"""Case `stored`: how fast the API answers with a million spans in the store."""

import statistics
import tempfile
from collections.abc import Callable

from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import ApiSettings
from schema.store import Store
from tests.bench.machine import Figure, measure_wall
from tests.bench.million import PER_RUN, SPANS, fill_store

TIMES = 15


def run_stored() -> list[Figure]:
    """Fill a store in a temporary folder and ask the questions that have a goal."""
    with tempfile.TemporaryDirectory(prefix="runvault-bench-") as folder:
        store = Store.open(folder)
        try:
            fill_store(store)
            client = TestClient(create_app(store, ApiSettings()))
            return [
                *_ask("replay by run id", _cycle_replays(client), 50.0),
                *_ask("run latency by workflow", _get(client, "/v1/analytics/latency?of=run&group_by=workflow"), 150.0),
                *_ask(
                    "step latency by workflow", _get(client, "/v1/analytics/latency?of=step&group_by=workflow"), 150.0
                ),
                *_ask("cost per outcome", _get(client, "/v1/analytics/cost-per-outcome?group_by=workflow"), None),
                *_ask("newest 50 runs", _get(client, "/v1/runs"), None),
            ]
        finally:
            store.close()


def _get(client: TestClient, path: str) -> Callable[[], None]:
    def work() -> None:
        response = client.get(path)
        assert response.status_code == 200, (path, response.status_code)

    return work


def _cycle_replays(client: TestClient) -> Callable[[], None]:
    """A replay of another run each time, so that no cache helps."""
    numbers = iter(range(777, SPANS // PER_RUN, 1_237))

    def work() -> None:
        response = client.get(f"/v1/runs/run-{next(numbers)}/replay")
        assert response.status_code == 200, response.status_code
        assert len(response.json()["steps"]) == PER_RUN

    return work


def _ask(name: str, work: Callable[[], None], goal: float | None) -> list[Figure]:
    work()  # the first one compiles what the engine keeps
    taken = measure_wall(work, TIMES)
    return [
        Figure("stored", f"{name}, median", statistics.median(taken), "ms", goal),
        Figure("stored", f"{name}, slowest of {TIMES}", taken[-1], "ms"),
    ]
