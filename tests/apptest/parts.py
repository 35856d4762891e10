"""The parts of a service as processes of their own: a stand-in for ClickHouse, a collector, a loader, the API."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx


def pick_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Part:
    """A process of the house."""

    def __init__(self, *arguments: str, log_file: Path) -> None:
        self._arguments, self._log_file = arguments, log_file
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> "Part":
        """Start it."""
        with self._log_file.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._arguments], stdout=subprocess.PIPE, stderr=log, text=True,
                env={key: value for key, value in os.environ.items() if key != "PROMETHEUS_MULTIPROC_DIR"},
            )  # fmt: skip
        return self

    def read_line(self, patience_s: float = 60) -> str:
        """The first line it prints."""
        assert self._process is not None
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], patience_s)
        return self._process.stdout.readline().strip() if readable else ""

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal and wait; its exit status."""
        if self._process is None:
            return 0
        self._process.send_signal(number)
        status = self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return status


def wait_until_alive(url: str, patience_s: float = 60) -> None:
    """Until a GET answers."""
    deadline = time.monotonic() + patience_s
    with httpx.Client(trust_env=False, timeout=10) as http:
        while time.monotonic() < deadline:
            try:
                if http.get(url).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
