"""Case `boards`: what the boards' panels cost over a million spans of 80,000 runs."""

import os
import statistics
import tempfile
import time

from dashboards.build import list_boards
from schema.store import Store
from tests.bench.filling import BEGIN_MS, DAY_MS, TENANT, Filling
from tests.bench.machine import Figure
from tests.dashboards.plugin import ALL, Variables, expand

TIMES = 3
RANGES = {"24 h": (29 * DAY_MS, 30 * DAY_MS), "30 days": (0, 31 * DAY_MS)}
VARIABLES: Variables = {
    "tenant": TENANT, "environment": [ALL], "workflow": [ALL], "version": [ALL], "model": [ALL], "baseline": "v1",
    "candidate": "v2", "run": "run-778",
}  # fmt: skip


def run_boards() -> list[Figure]:
    """Fill a store in a temporary folder and ask every panel's statement, for a day and for 30 days."""
    with tempfile.TemporaryDirectory(prefix="runvault-bench-") as folder:
        store = Store.open(folder)
        try:
            Filling(1_000_000).fill(store)
            figures = [figure for name in RANGES for figure in ask_boards(store, name)]
        finally:
            store.close()
    return [*figures, Figure("boards", "load of the machine at the end", os.getloadavg()[0], "processes")]


def ask_boards(store: Store, name: str) -> list[Figure]:
    """Figures of every board for one range of `RANGES`."""
    begin, end = RANGES[name]
    figures = []
    for uid, board in list_boards().items():
        taken = {}
        for panel in board["panels"]:
            sql = expand(panel["targets"][0]["rawSql"], VARIABLES, BEGIN_MS + begin, BEGIN_MS + end, 3600)
            taken[panel["title"]] = _measure(store, sql)
        slowest = max(taken, key=lambda title: taken[title][1])
        cpu, wall = taken[slowest]
        label = f"{uid}, {name}, slowest panel ({slowest})"
        figures.append(Figure("boards", f"{label}, wall", wall, "ms", 1000.0))
        figures.append(Figure("boards", f"{label}, CPU", cpu, "ms"))
        total = sum(cost[0] for cost in taken.values())
        figures.append(Figure("boards", f"{uid}, {name}, all panels, CPU", total, "ms"))
    return figures


def _measure(store: Store, sql: str) -> tuple[float, float]:
    """Median CPU (all threads of the process, the engine's included) and wall time, in milliseconds."""
    cpu, wall = [], []
    store.query(sql, tag="bench")
    for _ in range(TIMES):
        started, used = time.perf_counter(), time.process_time()
        store.query(sql, tag="bench")
        cpu.append((time.process_time() - used) * 1000)
        wall.append((time.perf_counter() - started) * 1000)
    return statistics.median(cpu), statistics.median(wall)
