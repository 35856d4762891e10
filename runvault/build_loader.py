"""From settings to what the loader and the jobs beside it want; what collectors want needs no engine."""

import socket
from collections.abc import Callable

from collector.load import LoaderSettings
from collector.pace import feel_nothing
from collector.samples import HealthSampler
from runvault.build_journal import build_price_file, journal_directory
from runvault.health_job import HealthJob
from runvault.settings import Settings
from schema.retention import Retention
from schema.store import Store


def build_loader_settings(
    settings: Settings, retention: Retention, pressure: Callable[[], float] = feel_nothing
) -> LoaderSettings:
    """What the loader needs. `retention` says what is too old to be stored, `pressure` how much collectors work
    (`collector/pace.py`)."""
    return LoaderSettings(
        journal_directory(settings),
        settings["loader.poll_ms"] / 1000,
        settings["loader.interval_ms"] / 1000,
        settings["loader.batch_bytes"],
        price_file=build_price_file(settings),
        horizon=retention.read_horizon,
        pressure=pressure,
    )


def build_health_job(settings: Settings, store: Store) -> HealthJob:
    """What writes the service's health down, under the machine's name."""
    sampler = HealthSampler(store, journal_directory(settings), socket.gethostname())
    return HealthJob(sampler, settings["health.interval_s"])
