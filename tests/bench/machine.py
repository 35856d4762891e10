"""The machine that the figures belong to, and its clocks and memory."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")
PACKAGES = ("chdb-core", "clickhouse-connect", "pyarrow", "hyperscan", "presidio_analyzer")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, its unit, and the goal it should stay under (None: no goal set)."""

    case: str
    name: str
    value: float
    unit: str
    goal: float | None = None


def describe_machine() -> str:
    """CPU, cores, load, Python and the versions that matter, in one line."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{cpu}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {packages}"
    )


def cpu_seconds() -> float:
    """CPU time of this process, all its threads, and its ended children: user and system."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure_cpu(work: Callable[[], Result]) -> tuple[float, Result]:
    """CPU seconds that `work` took, threads of the embedded engine included, and its result."""
    started = cpu_seconds()
    result = work()
    return cpu_seconds() - started, result


def measure_wall(work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each of `times` runs, sorted."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


def tree_of(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for parent in found:
        tasks = Path(f"/proc/{parent}/task")
        for task in tasks.iterdir() if tasks.exists() else ():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def memory_mb(pids: list[int]) -> tuple[float, float]:
    """(sum of RSS, sum of PSS) in MB; RSS counts pages that processes share once for each of them."""
    rss = pss = 0.0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                rss += int(line.split()[1]) / 1024
            elif line.startswith("Pss:"):
                pss += int(line.split()[1]) / 1024
    return rss, pss
