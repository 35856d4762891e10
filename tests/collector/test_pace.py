"""How far apart batches are. The pressure on collectors is a number here; test_pressure has what the kernel counts."""

import threading
import time
from collections.abc import Callable

import pytest

from collector.pace import MANY_SPANS, Pace


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pressure of a moment counts."""
    monkeypatch.setattr("collector.pace.STEADY_S", 0.0)


def _wait(pressure: Callable[[], float], spans: int) -> float:
    """Seconds from the start of a batch, which took no time, to that of the next."""
    return _measure_wait(Pace(0.1, 0.3, 1.5, pressure), spans)


def _measure_wait(pace: Pace, spans: int, busy: float = 0.0) -> float:
    began = time.monotonic()
    pace.wait(threading.Event(), began, busy, spans)
    return time.monotonic() - began


def _full() -> float:
    """Collectors that want a processor all the time."""
    return 1.0


def test_batches_are_the_further_apart_the_more_they_cost() -> None:
    """A quarter of the time is the most that the loader's thread works, up to a bound."""
    pace = Pace(0.4, 1.5, 3.0)
    assert [pace.choose_period(busy) for busy in (0.0, 0.05, 0.25, 5.0)] == [0.4, 0.4, 1.0, 1.5]


@pytest.mark.usefixtures("at_once")
def test_collectors_at_their_limit_make_batches_larger() -> None:
    assert 1.5 <= _wait(_full, MANY_SPANS) < 3.0


@pytest.mark.usefixtures("at_once")
def test_collectors_at_half_load_do_not() -> None:
    assert 0.1 <= _wait(lambda: 0.5, MANY_SPANS) < 1.0


@pytest.mark.usefixtures("at_once")
def test_a_small_batch_is_not_kept_waiting() -> None:
    assert 0.1 <= _wait(_full, MANY_SPANS - 1) < 1.0


@pytest.mark.usefixtures("at_once")
def test_the_wait_ends_when_the_pressure_does() -> None:
    """Half a second of it, then the collectors have nothing to do."""
    until = time.monotonic() + 0.5
    assert 0.5 <= _wait(lambda: float(time.monotonic() < until), MANY_SPANS) < 1.4


def test_a_moment_at_the_limit_is_nothing() -> None:
    """A second and a half of it makes batches larger: the first few are as far apart as ever."""
    pace = Pace(0.1, 0.3, 1.5, _full)
    began = time.monotonic()
    assert _measure_wait(pace, MANY_SPANS) < 1.0
    while time.monotonic() < began + 1.6:
        _measure_wait(pace, MANY_SPANS)
    assert _measure_wait(pace, MANY_SPANS) >= 1.5


def test_a_stop_ends_the_wait() -> None:
    stop = threading.Event()
    stop.set()
    began = time.monotonic()
    Pace(60.0, 60.0, 60.0, _full).wait(stop, began, 1.0, MANY_SPANS)
    assert time.monotonic() - began < 5
