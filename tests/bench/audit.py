"""What the audit trail costs: writing an entry before an answer, alone and among others, and verifying a long trail."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schema.migrate import apply_migrations
from schema.store import Store
from tests.bench.machine import Figure, cpu_seconds, measure_wall
from vault.audit import AuditTrail
from vault.audit_keeper import AuditKeeper, KeeperSettings
from vault.caller import make_local_caller
from vault.entry import Act

CASE = "audit"
ALONE, THREADS, EACH = 1000, 16, 100
LONG = 100_000
CALLER = make_local_caller()


def run_audit() -> list[Figure]:
    """Figures of one trail in a temporary folder and a store of its own."""
    with tempfile.TemporaryDirectory() as name, open_store(Path(name)) as store:
        trail = AuditTrail(Path(name) / "audit")
        return [*measure_writing(trail), *measure_verifying(Path(name), trail, store)]


@contextmanager
def open_store(directory: Path) -> Iterator[Store]:
    """An embedded store with our schema."""
    store = Store.open(str(directory / "store"))
    apply_migrations(store)
    try:
        yield store
    finally:
        store.close()


def measure_writing(trail: AuditTrail) -> list[Figure]:
    """An entry alone, and entries of many threads at once, which share syncs."""
    started = cpu_seconds()
    alone = measure_wall(lambda: write_entry(trail), ALONE)
    cpu = cpu_seconds() - started
    taken: list[float] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(measure_wall(lambda: write_entry(trail), EACH)))
        for _ in range(THREADS)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = THREADS * EACH / (time.perf_counter() - began)
    taken.sort()
    return [
        Figure(CASE, "entry alone, p50", alone[ALONE // 2], "ms"),
        Figure(CASE, "entry alone, p95", alone[ALONE * 95 // 100], "ms"),
        Figure(CASE, "entry alone, CPU", cpu / ALONE * 1e6, "µs"),
        Figure(CASE, f"entry among {THREADS} threads, p95", taken[len(taken) * 95 // 100], "ms"),
        Figure(CASE, f"entries of {THREADS} threads", rate, "entries/s"),
    ]


def write_entry(trail: AuditTrail) -> None:
    """An entry as a replay makes it."""
    trail.append("run.replay", CALLER, "run-0123456789abcdef", "ticket 4711")


def measure_verifying(directory: Path, trail: AuditTrail, store: Store) -> list[Figure]:
    """Copying entries into the store, and verifying all of them against signed heads."""
    acts = [Act("run.replay", CALLER, f"run-{number:016x}", "ticket 4711", "") for number in range(1000)]
    while (last := trail.file.read_last()) is None or last.seq < LONG:
        trail.file.append(acts)
    keeper = AuditKeeper(trail, store, KeeperSettings(directory / "key", directory / "heads"))
    started = cpu_seconds()
    keeper.flush()
    keeper.sign()
    copying = cpu_seconds() - started
    started, began = cpu_seconds(), time.perf_counter()
    (report,) = keeper.verify()
    assert not report["problems"]
    assert report["signed_through"] == last.seq
    per = LONG / report["entries"]
    return [
        Figure(CASE, "copy and sign 100,000 entries, CPU", copying * per, "s"),
        Figure(CASE, "verify 100,000 entries, CPU", (cpu_seconds() - started) * per, "s", 5.0),
        Figure(CASE, "verify 100,000 entries, wall", (time.perf_counter() - began) * per, "s"),
    ]
