"""What the kernel tells of how hard a process works. Each is a real one, and says when it has come so far."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from runvault.pressure import Pressure

WORK = "print('there', flush=True)\nwhile True: pass"
SLEEP = "print('there', flush=True)\nimport time; time.sleep(600)"


@contextmanager
def run_python(code: str) -> Iterator[int]:
    """Its process number."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def measure_second(*pids: int) -> float:
    """The pressure on them over a second."""
    pressure = Pressure(lambda: pids)
    pressure.measure()
    time.sleep(1)
    return pressure.measure()


def test_one_that_always_works_is_at_its_limit() -> None:
    """Also when others keep it from working: what it waits for a processor counts."""
    with run_python(WORK) as pid:
        assert 0.9 < measure_second(pid) < 1.1


def test_one_that_sleeps_is_not() -> None:
    with run_python(SLEEP) as pid:
        assert measure_second(pid) < 0.1


def test_of_several_it_is_the_mean() -> None:
    with run_python(WORK) as first, run_python(SLEEP) as second:
        assert 0.4 < measure_second(first, second) < 0.6


def test_it_is_the_busiest_thread_that_counts() -> None:
    """Four threads that work a little are no thread at its limit."""
    stop = threading.Event()

    def work_a_little() -> None:
        while not stop.wait(0.05):
            pass

    threads = [threading.Thread(target=work_a_little) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert measure_second(os.getpid()) < 0.5
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_what_was_before_the_first_look_does_not_count() -> None:
    """A collector that began meanwhile brings the seconds of its start with it."""
    with run_python(WORK) as pid:
        time.sleep(0.5)
        pids: list[int] = []
        pressure = Pressure(lambda: pids)
        pressure.measure()
        pids.append(pid)
        assert pressure.measure() == 0


def test_one_that_is_gone_and_none_at_all() -> None:
    with run_python(WORK) as pid:
        pass
    assert Pressure(lambda: [pid]).measure() == 0
    assert Pressure(list).measure() == 0
