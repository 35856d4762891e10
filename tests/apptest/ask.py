"""Asking a service until it knows."""

import json
import time
from pathlib import Path
from typing import Any

import httpx

from runvault.service import Service

Json = dict[str, Any]
HEADERS = {"content-type": "application/json"}


def read_sample(path: Path) -> tuple[bytes, list[Json]]:
    """A captured request, and its spans."""
    body = path.read_bytes()
    request = json.loads(body)
    return body, [
        span for resource in request["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]
    ]


def list_runs(http: httpx.Client, service: Service, **filters: Any) -> list[Json]:
    """All runs, page by page."""
    runs: list[Json] = []
    cursor = None
    while True:
        parameters = {"limit": 500, **filters} | ({"cursor": cursor} if cursor else {})
        page = http.get(f"{service.api}/v1/runs", params=parameters).json()
        runs += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return runs


def find_runs(
    http: httpx.Client, service: Service, trace_ids: set[str], spans: int, patience_s: float = 2.0
) -> list[Json]:
    """Runs of these traces once they hold so many spans; fails after `patience_s`."""
    deadline = time.monotonic() + patience_s
    while True:
        found = [run for run in list_runs(http, service) if trace_ids & set(run["trace_ids"])]
        if sum(run["steps"] for run in found) == spans or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def wait_for_spans(http: httpx.Client, service: Service, spans: int, patience_s: float = 60.0) -> list[Json]:
    """All runs once they hold so many spans together."""
    deadline = time.monotonic() + patience_s
    while True:
        runs = list_runs(http, service)
        if sum(run["steps"] for run in runs) >= spans or time.monotonic() > deadline:
            return runs
        time.sleep(0.1)
