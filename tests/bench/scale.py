"""Case `scale`: bytes on disk and answers of the running service at one and at ten million spans.

`python -m tests.bench.scale --spans 100000000 --folder DIR` does the same for any number, in a folder that is kept: a
hundred million take an hour to fill and some 20 GB. With `--days 400` they lie over so many days, and only what
names no period is asked: what that costs is a matter of the days there are.
"""

import argparse
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
from rich.console import Console

from runvault.service import start_service
from schema.errors import StoreUnavailable
from schema.store import Store
from schema.templates import fill_template
from tests.bench.boards import RANGES, ask_boards
from tests.bench.filling import DAYS, Filling
from tests.bench.machine import Figure, measure_wall
from tests.bench.report import make_table

SIZES = (1_000_000, 10_000_000)
Question = tuple[str, Iterator[str], float | None]
"""Name, addresses, and goal (ms)."""
TIMES = 40
LAST_DAY = "since=2026-11-30"
ANALYTICS = "/v1/analytics"
SETTLES_S = 5
"""What a start still does is over then."""
KEPT_DAYS = 36_500
"""Whenever this runs, nothing of it has expired."""
SIZE_SQL = """
SELECT table, sum(rows) AS held, sum(bytes_on_disk) AS bytes, count() AS parts
FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table HAVING bytes > 100000 ORDER BY bytes DESC
"""


def run_scale() -> list[Figure]:
    """Both sizes, each in a temporary folder."""
    figures = []
    for spans in SIZES:
        with tempfile.TemporaryDirectory(prefix="runvault-bench-") as folder:
            figures += measure_size(Path(folder), Filling(spans))
    return figures


def measure_size(folder: Path, filling: Filling) -> list[Figure]:
    """Fill the store of a folder if it is empty, serve it, and ask the questions that have a goal."""
    usual = filling.days == DAYS
    case = f"scale {filling.spans // 10**6} M" + ("" if usual else f", {filling.days} days")
    store = Store.open(str(folder / "store"))
    try:
        if not (folder / "filled").exists():
            filling.fill(store)
            (folder / "filled").touch()
        figures = [
            Figure(
                case, f"{row['table']}, {row['held']:,} rows in {row['parts']} parts", row["bytes"] / filling.spans, "B"
            )
            for row in store.query(SIZE_SQL, tag="bench")
        ]
    finally:
        store.close()
    keep = {f"RUNVAULT_RETENTION_{name}": str(KEPT_DAYS) for name in ("PAYLOADS", "STEPS", "RUNS")}
    service = start_service(folder, keep, patience_s=300)
    try:
        time.sleep(SETTLES_S)
        # an environment's proxy must not be asked for the own machine
        with httpx.Client(base_url=service.api, timeout=60, trust_env=False) as client:
            for name, paths, goal in [*_list_lookups(filling), *(_list_periods() if usual else [])]:
                taken = measure_wall(_ask(client, paths), TIMES)
                figures.append(Figure(case, f"{name}, median", statistics.median(taken), "ms"))
                figures.append(Figure(case, f"{name}, p95", statistics.quantiles(taken, n=20)[-1], "ms", goal))
    finally:
        service.stop()
    store = Store.open(str(folder / "store"))
    try:
        if not usual:
            return [*figures, _read_load(case)]
        figures += _ask_all_tenants(store, case)
        if filling.spans <= max(SIZES):
            figures += _ask_boards(store, case)
    finally:
        store.close()
    return [*figures, _read_load(case)]


def _read_load(case: str) -> Figure:
    return Figure(case, "load of the machine at the end", os.getloadavg()[0], "processes")


def _ask_all_tenants(store: Store, case: str) -> list[Figure]:
    """The API's templates, bound to no tenant: of all days and tenants."""
    of = {"keys": "Workflow, ", "group_by": "GROUP BY Workflow"}
    parts = fill_template("cost_parts_of_runs", conditions="1")
    calls = "AssembledAt > 0 AND IsCall = 1"
    questions = {
        "cost per outcome": fill_template("cost_per_outcome", parts=parts, order="TotalUsd DESC", **of),
        "latency of steps": fill_template("latency_of_steps", conditions=calls, order="Count DESC", **of),
    }
    figures = []
    for name, sql in questions.items():
        label = f"{name} by workflow, all tenants, 30 days"
        try:
            taken = measure_wall(lambda sql=sql: store.query(sql, {"limit": 100, "offset": 0}, tag="bench"), 10)  # type: ignore[misc]
        except StoreUnavailable:  # more than the 2 GB that a question may take
            taken = [math.inf]
        figures += [Figure(case, f"{label}, median", statistics.median(taken), "ms", 800)]
    return figures


def _ask_boards(store: Store, case: str) -> list[Figure]:
    """The slowest panel of each board."""
    figures = [figure for name in RANGES for figure in ask_boards(store, name)]
    return [replace(figure, case=case) for figure in figures if figure.goal is not None]


def _list_lookups(filling: Filling) -> list[Question]:
    """What names no period, of another run each time, so that no cache helps."""
    runs = filling.tenant_runs
    places = [runs[number * 7919 % len(runs)] for number in range(1, 500)]
    return [
        ("replay by run id", (f"/v1/runs/run-{run}/replay" for run in places), 50),
        ("run by id", (f"/v1/runs/run-{run}" for run in places), None),
        ("newest 50 runs", _repeat("/v1/runs"), 100),
        ("run of a side effect", (f"/v1/runs?side_effect=refund:re_{run}" for run in places), 50),
    ]


def _list_periods() -> list[Question]:
    """What is asked of a day and of all days."""
    day = f"{ANALYTICS}/{{}}&{LAST_DAY}".format
    return [
        ("latency of runs by workflow, 24 h", _repeat(day("latency?of=run&group_by=workflow")), 150),
        ("latency of steps by workflow, 24 h", _repeat(day("latency?of=step&group_by=workflow")), 150),
        ("cost per outcome by workflow, 24 h", _repeat(day("cost-per-outcome?group_by=workflow")), 150),
        ("cost per outcome by model, 24 h", _repeat(day("cost-per-outcome?group_by=model")), 150),
        ("reliability by workflow, 24 h", _repeat(day("reliability?group_by=workflow")), None),
        ("latency of runs by workflow, 30 days", _repeat(f"{ANALYTICS}/latency?of=run&group_by=workflow"), None),
        ("latency of steps by workflow, 30 days", _repeat(f"{ANALYTICS}/latency?of=step&group_by=workflow"), None),
        ("cost per outcome by workflow, 30 days", _repeat(f"{ANALYTICS}/cost-per-outcome?group_by=workflow"), None),
    ]


def _repeat(path: str) -> Iterator[str]:
    while True:
        yield path


def _ask(client: httpx.Client, paths: Iterator[str]) -> Callable[[], None]:
    """What asks the next address. The first three are not counted: the engine compiles what it keeps."""

    def work() -> None:
        response = client.get(next(paths))
        assert response.status_code == 200, response.status_code
        answer = response.json()
        assert any(answer.get(key) for key in ("run_id", "run", "items", "groups")), "an empty answer"

    for _ in range(3):
        work()
    return work


def main() -> None:
    """Measure one size in a folder that stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--days", type=int, default=DAYS)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    Console().print(make_table(measure_size(chosen.folder, Filling(chosen.spans, chosen.days))))


if __name__ == "__main__":
    main()
