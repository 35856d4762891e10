"""Start a real `runvault serve` as a process of its own, and stop it again: for the demo, the benchmarks, the tests."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schema.errors import RunvaultError

_READY = re.compile(r"^runvault ready otlp-http=(\S+) otlp-grpc=(\S+) api=(\S+?)(?: sql=(\S+))?$")


@dataclass(slots=True)
class Service:
    """A running service and its addresses."""

    process: "subprocess.Popen[str]"
    otlp_http: str
    otlp_grpc: str
    api: str
    log_file: Path
    sql: str = ""
    """Empty without `--sql-port`."""

    def stop(self, patience_s: float = 40.0) -> int:
        """SIGTERM, and wait for it to drain; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(patience_s)
        self._close()
        return status

    def kill(self) -> None:
        """SIGKILL to the service and all its collectors, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self._close()

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()


def start_service(
    data_dir: Path, environment: Mapping[str, str] | None = None, options: tuple[str, ...] = (), patience_s: float = 60
) -> Service:
    """Serve from `data_dir` on free ports, ready to take spans. Raises RunvaultError with the end of its log."""
    data_dir.mkdir(parents=True, exist_ok=True)
    log_file = data_dir / "service.log"
    ports = ("--otlp-http-port", "0", "--otlp-grpc-port", "0", "--api-port", "0")
    with log_file.open("a") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "runvault", "serve", "--data-dir", str(data_dir), *ports, *options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
    line = _read_line(process, patience_s)
    match = _READY.match(line)
    if not match:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        tail = log_file.read_text().strip().splitlines()[-3:]
        raise RunvaultError("the service did not start: " + " / ".join(tail))
    return Service(process, match[1], match[2], match[3], log_file, match[4] or "")


def _read_line(process: "subprocess.Popen[str]", patience_s: float) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        readable, _, _ = select.select([process.stdout], [], [], 0.1)
        if readable:
            return process.stdout.readline().strip()
        if process.poll() is not None:
            break
    return ""
