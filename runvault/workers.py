"""Collector processes beside the one that owns the store: started, watched, started again when they die."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from dataclasses import dataclass, field

from collector import metrics
from schema.errors import ConfigError

log = logging.getLogger("runvault.serve")

READY_TIMEOUT_S = 60.0
DRAIN_S = 15.0
"""How long they may take to finish what they took."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
SETTLED_S = 5.0
"""A collector that ran so long is started again at once."""
SILENCE_S = 60.0
"""One that says nothing for so long hangs: it beats every five seconds, and no text may take its redactor so long."""


@dataclass(slots=True)
class Workers:
    """`arguments` start one collector; `count` of them run. `problem` says what is wrong, for `/readyz`."""

    arguments: list[str]
    count: int
    directory: str = field(default_factory=os.getcwd)
    """Where they start: not where this process happens to be, for importing chdb changes that for a moment."""
    restarts: int = 0
    _processes: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)
    _ready: set[int] = field(default_factory=set)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def find_problem(self) -> str | None:
        """What keeps the collectors from taking spans, if anything."""
        missing = self.count - len(self._ready)
        return f"{missing} of {self.count} collectors are not running" if missing else None

    def list_pids(self) -> list[int]:
        """The processes of the collectors; one may have ended by now."""
        return [process.pid for process in list(self._processes.values())]

    async def start(self) -> None:
        """Start all and wait until they take spans. Raises ConfigError when one cannot start."""
        self._tasks = [asyncio.create_task(self._watch(number)) for number in range(self.count)]
        deadline = time.monotonic() + READY_TIMEOUT_S
        while len(self._ready) < self.count:
            await asyncio.sleep(0.02)
            if self.restarts >= self.count or time.monotonic() > deadline:
                await self.stop(1.0)
                raise ConfigError("the collector cannot start; its own message stands above")

    async def stop(self, patience_s: float) -> None:
        """SIGTERM to all; SIGKILL to those that have not drained in time."""
        self._stopping.set()
        for process in self._processes.values():
            if process.returncode is None:
                process.terminate()
        if self._tasks:
            _done, late = await asyncio.wait(self._tasks, timeout=patience_s)
            for process in self._processes.values() if late else ():
                if process.returncode is None:
                    process.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, number: int) -> None:
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                await self._run(number)
            except OSError as error:  # no memory or no process number left: that may pass
                log.error("a collector cannot be started number=%d error=%s", number, error.strerror)
            if self._stopping.is_set():
                return
            self.restarts += 1
            metrics.collector_restarts.inc()
            pause = FIRST_PAUSE_S if time.monotonic() - started > SETTLED_S else min(pause * 2, LONGEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _listen(self, number: int, process: asyncio.subprocess.Process, beats: asyncio.StreamReader) -> None:
        """Until the collector ends; one that goes silent is killed. What it acknowledged is in the journal."""
        try:
            while await asyncio.wait_for(beats.readline(), SILENCE_S):
                pass
        except TimeoutError:
            log.error("a collector does not answer any more, it is killed number=%d", number)
            process.kill()

    async def _run(self, number: int) -> None:
        """One collector from its start to its end. Raises OSError when it cannot be started."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "runvault", "collect", "--with-parent", *self.arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=self.directory,
            env=list_environment(),
        )  # fmt: skip
        self._processes[number] = process
        if self._stopping.is_set():  # stop() ran before this process was known
            process.terminate()
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), READY_TIMEOUT_S)
        except TimeoutError:
            log.error("a collector does not become ready, it is killed number=%d", number)
            process.kill()
            line = b""
        if line.startswith(b"ready"):
            self._ready.add(number)
            await self._listen(number, process, process.stdout)
        status = await process.wait()
        self._ready.discard(number)
        metrics.forget_process(process.pid)
        if not self._stopping.is_set():
            log.error("collector died, starting it again number=%d status=%d", number, status)


def list_environment() -> dict[str, str]:
    """What a collector may know of our environment: nothing of the opener of seals."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RUNVAULT_OPENER_")}
