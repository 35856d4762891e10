"""Black-box tests: the real service as a process, spoken to over its ports."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from runvault.service import Service, start_service

GOLDEN = Path(__file__).parent.parent / "golden" / "otlp"


@pytest.fixture(scope="package", autouse=True)
def keep_samples() -> Iterator[None]:
    """Captures have the times at which they were made: however old they are, they are kept."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PAYLOADS", "STEPS", "RUNS"):
            patch.setenv(f"RUNVAULT_RETENTION_{name}", "36500")
        yield


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the tests that leave it as they found it."""
    started = start_service(tmp_path_factory.mktemp("service"))
    yield started
    assert started.stop() == 0


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A client that asks no proxy."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client
