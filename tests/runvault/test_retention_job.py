"""The retention job: it looks at once, goes on after a failure, and stops between two partitions."""

import logging
import threading
import time
from pathlib import Path

import pytest

from runvault.retention_job import RetentionJob
from schema.errors import StoreUnavailable
from schema.retention import Retention
from schema.store import Store
from tests.collector.test_old_files import write
from tests.schema.ageing import POLICY, TODAY, days_before, put, read_parts

pytestmark = pytest.mark.engine


class Flaky(Retention):
    """Retention of a store that is away the first time."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, POLICY, read_today=lambda: TODAY)
        self.failures = 1
        self.looked = threading.Event()

    def read_in_force(self, fresh: bool = False):  # type: ignore[no-untyped-def]
        """Fail once, then answer."""
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("away", 210)
        return super().read_in_force(fresh)

    def is_pending(self) -> bool:
        """The last thing that a look asks."""
        self.looked.set()
        return super().is_pending()


def test_it_goes_on_after_a_failure(own_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(own_store, "steps", ("globex", "dev"), days_before(9), "*/*")
    dead = write(tmp_path, "dead", days_before(9), "default")
    retention = Flaky(own_store)
    job = RetentionJob(retention, tmp_path, 0.01)
    with caplog.at_level(logging.INFO):
        job.start()
        assert retention.looked.wait(20)
        job.stop()
    assert not read_parts(own_store, "steps")
    assert not dead.exists()
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["retention failed, will try again error=away (code 210)"]


def test_it_stops_while_it_waits(own_store: Store, tmp_path: Path) -> None:
    retention = Flaky(own_store)
    retention.failures = 0
    job = RetentionJob(retention, tmp_path, 3600)
    job.start()
    assert retention.looked.wait(20)
    began = time.monotonic()
    job.stop()
    assert time.monotonic() - began < 5
