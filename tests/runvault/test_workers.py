"""Collectors that cannot be started, and a stop that comes while one is being started."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from runvault import workers
from runvault.lock import FOLDERS, lock_directory
from runvault.workers import Workers
from schema.errors import ConfigError


def test_a_collector_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    async def run() -> None:
        with pytest.raises(ConfigError):
            await Workers([], 1).start()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_stop_does_not_wait_for_the_pause_before_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "FIRST_PAUSE_S", 20.0)

    async def run() -> float:
        group = Workers(["--otlp-http-port", "no number"], 1)
        group._tasks = [asyncio.create_task(group._watch(0))]
        while not group.restarts:
            await asyncio.sleep(0.05)
        started = time.monotonic()
        await group.stop(10.0)
        return time.monotonic() - started

    assert asyncio.run(run()) < 5


def test_a_collector_that_is_being_started_is_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    real = asyncio.create_subprocess_exec

    async def start_slowly(*_arguments: Any, **named: Any) -> Any:
        await asyncio.sleep(0.3)
        return await real(sys.executable, "-c", "import time; time.sleep(60)", **named)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_slowly)

    async def run() -> float:
        group = Workers([], 1)
        group._tasks = [asyncio.create_task(group._watch(0))]
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await group.stop(10.0)
        return time.monotonic() - started

    assert asyncio.run(run()) < 8


@pytest.mark.service
def test_a_collector_that_hangs_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SILENCE_S", 8.0)  # it beats every five seconds

    async def run() -> tuple[int, int, int]:
        group = Workers(["--data-dir", str(tmp_path), "--otlp-http-port", "0", "--otlp-grpc-port", "0"], 1)
        await group.start()
        await asyncio.sleep(9)
        before = group.restarts
        hung = group._processes[0]
        hung.send_signal(signal.SIGSTOP)
        while group.restarts == before or group.find_problem():
            await asyncio.sleep(0.1)
        after = group._processes[0].pid
        await group.stop(10.0)
        return before, hung.pid, after

    before, hung, after = asyncio.run(asyncio.wait_for(run(), 60))
    assert before == 0
    assert hung != after


def test_a_second_service_leaves_the_metrics_of_the_first_alone(tmp_path: Path) -> None:
    lock = lock_directory(tmp_path)
    counted = tmp_path / "metrics" / "counter_1.db"
    counted.parent.mkdir()
    counted.touch()
    second = subprocess.run(
        [sys.executable, "-m", "runvault", "serve", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(lock)
    assert (second.returncode, "in use" in second.stderr) == (1, True)
    assert counted.exists()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a file in the folder's place")
    with pytest.raises(ConfigError, match=f"data_dir: .*{name} cannot be used: File exists"):
        lock_directory(tmp_path)


def test_a_collector_starts_where_the_service_was_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Importing chdb changes the working directory for a moment, in another thread, while collectors are started: one
    that got that directory found neither `runvault.toml` nor a relative `--config`."""
    real = asyncio.create_subprocess_exec
    start, elsewhere = tmp_path / "start", tmp_path / "elsewhere"
    start.mkdir()
    elsewhere.mkdir()
    code = f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(os.getcwd())"

    async def note_directory(*_arguments: Any, **named: Any) -> Any:
        return await real(sys.executable, "-c", code, **named)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", note_directory)
    monkeypatch.chdir(start)
    group = Workers([], 1)
    monkeypatch.chdir(elsewhere)
    asyncio.run(asyncio.wait_for(group._run(0), 30))
    assert (tmp_path / "seen").read_text() == str(start)
