"""How hard the collectors work, from the kernel's books: whether they could take more spans than they do."""

import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path


class Pressure:
    """Looks at the processes that `list_pids` names. Used by one thread."""

    def __init__(self, list_pids: Callable[[], Iterable[int]]) -> None:
        self._list_pids = list_pids
        self._looked = time.monotonic()
        self._threads: dict[Path, int] = {}

    def measure(self) -> float:
        """For what share of the time since it was asked last the busiest thread of a collector worked or waited for a
        processor: the mean of all. Python's stages run in one thread, so at 1 it is at its limit. 0 where the kernel
        keeps no such books, and of a collector that began meanwhile.
        """
        now = time.monotonic()
        before, self._threads = self._threads, {}
        busiest = [self._find_busiest(pid, before) for pid in self._list_pids()]
        passed, self._looked = now - self._looked, now
        return sum(busiest) / 1e9 / len(busiest) / passed if busiest and passed > 0 else 0.0

    def _find_busiest(self, pid: int, before: dict[Path, int]) -> int:
        """Nanoseconds since the last look, from /proc/PID/task/TID/schedstat: worked, waited, turns."""
        busiest = 0
        for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):  # the thread has ended, or the whole process
                worked, waited, _turns = map(int, file.read_text().split())
                self._threads[file] = worked + waited
                busiest = max(busiest, worked + waited - before.get(file, worked + waited))
        return busiest
