"""The health job, beside the loader: writes a sample of the service's health at every interval, and a last one."""

import logging
import threading

from collector.load import describe_failure
from collector.samples import HealthSampler

log = logging.getLogger("runvault.health")


class HealthJob:
    """Runs in a thread of its own from `start` to `stop`; never with an interval of 0."""

    def __init__(self, sampler: HealthSampler, interval_s: float) -> None:
        self._sampler = sampler
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)

    def start(self) -> None:
        """Begin; the first sample comes after an interval."""
        if self._interval_s:
            self._thread.start()

    def stop(self) -> None:
        """End, with a last sample."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            self._take()
        self._take()

    def _take(self) -> None:
        try:
            self._sampler.take()
        except Exception as error:  # noqa: BLE001 - the outermost loop: whatever it was, the next sample may do better
            log.warning("health was not written, will try again error=%s", describe_failure(error))
