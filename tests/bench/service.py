"""Case `service`: the whole `runvault serve` as a process: how soon it is ready, how much memory it holds idle."""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.machine import Figure, memory_mb, tree_of

PORTS = ("--otlp-http-port", "0", "--otlp-grpc-port", "0", "--api-port", "0")
PATIENCE = 60.0
IDLE = 4.0


def run_service() -> list[Figure]:
    """Start it twice on one folder (the second start finds its caches), measure, stop it with SIGTERM."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="runvault-bench-") as folder:
        for name in ("first start", "second start"):
            figures += _start_once(folder, name)
    return [*figures, Figure("service", "load of the machine at the end", os.getloadavg()[0], "processes")]


def _start_once(folder: str, name: str) -> list[Figure]:
    command = [str(Path(sys.executable).with_name("runvault")), "serve", "--data-dir", folder, *PORTS]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        _await_ready(process)
        ready = time.perf_counter() - started
        spent = cpu_seconds_of(tree_of(process.pid))
        time.sleep(IDLE)
        pids = tree_of(process.pid)
        rss, pss = memory_mb(pids)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert process.stdout is not None
    process.stdout.close()
    return [
        Figure("service", f"{name}: to ready", ready, "s", 5.0),
        Figure("service", f"{name}: CPU to ready", spent, "CPU-s"),
        Figure("service", f"{name}: idle RSS of {len(pids)} processes", rss, "MB", 700.0),
        Figure("service", f"{name}: idle PSS of {len(pids)} processes", pss, "MB"),
    ]


def _await_ready(process: "subprocess.Popen[bytes]") -> None:
    """Read stdout until the line `runvault ready …`; RuntimeError when it does not come."""
    assert process.stdout is not None
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline and selector.select(deadline - time.monotonic()):
            line = process.stdout.readline()
            if line.startswith(b"runvault ready"):
                return
            if not line:
                break
    raise RuntimeError("runvault serve did not become ready")


def cpu_seconds_of(pids: list[int]) -> float:
    """User and system time of these processes so far: says more than wall time when others load the machine."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # utime and stime, fields 14 and 15 of proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")
