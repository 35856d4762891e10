"""When the next batch is loaded. A batch costs much the same for ten spans as for a thousand, so they are kept apart,
and the further the more they cost; while the collectors are at their limit, further still: what a batch costs then is
taken from the spans that wait to be received."""

import threading
import time
from collections.abc import Callable

BUSY_SHARE = 4
"""One part in so many of its time the loader's thread works, at most."""
MANY_SPANS = 200
"""A batch of fewer does not wait longer because collectors are at their limit: it is not what keeps them there."""
PRESSED = 0.94
"""Collectors that want a processor for so much of the time can take no more spans than they do."""
STEADY_S = 1.5
"""For so long they must have been at their limit: at half their load they are for moments."""
LOOK_S = 0.2
"""Over so long it is seen whether they still are at their limit."""


def feel_nothing() -> float:
    """The pressure on collectors that nobody knows of."""
    return 0.0


class Pace:
    """Keeps batches apart: by `least_s`, by up to `longest_s` the more they cost, by up to `pressed_s` under pressure.

    `pressure` gives the share of the time since it was last asked in which collectors wanted a processor.
    """

    def __init__(
        self, least_s: float, longest_s: float, pressed_s: float, pressure: Callable[[], float] = feel_nothing
    ) -> None:
        self._least_s = least_s
        self._longest_s = longest_s
        self._pressed_s = pressed_s
        self._pressure = pressure
        self._eased = time.monotonic()

    def wait(self, stop: threading.Event, began: float, busy: float, spans: int) -> None:
        """Block until the next batch is due, or `stop` is set. The last one began at `began` (`time.monotonic`), took
        `busy` seconds of CPU and held so many spans."""
        stop.wait(max(0.0, began + self.choose_period(busy) - time.monotonic()))
        while self._is_pressed() and spans >= MANY_SPANS and time.monotonic() < began + self._pressed_s:
            if stop.wait(LOOK_S):
                return

    def choose_period(self, busy: float) -> float:
        """From the start of one batch to that of the next, in seconds, when nobody is at their limit."""
        return max(self._least_s, min(BUSY_SHARE * busy, self._longest_s))

    def _is_pressed(self) -> bool:
        """Whether collectors are at their limit, and have been for a while."""
        now = time.monotonic()
        if self._pressure() < PRESSED:
            self._eased = now
            return False
        return now - self._eased >= STEADY_S
