"""From settings to what the loader and the jobs beside it want. Apart from `build.py`, which needs the redactor's
libraries."""

import socket
from pathlib import Path

from collector.load import LoaderSettings
from collector.price_files import PriceFile, read_price_file
from collector.room import RoomSettings
from collector.samples import HealthSampler
from runvault.health_job import HealthJob
from runvault.settings import Settings
from schema.retention import Retention
from schema.store import Store


def journal_directory(settings: Settings) -> Path:
    """Where collector and loader meet."""
    return settings.data_dir / "journal"


def build_price_file(settings: Settings) -> PriceFile | None:
    """The deployment's own prices, if it has any. Raises ConfigError."""
    path = settings["costs.price_file"]
    return read_price_file(Path(path).expanduser()) if path else None


def build_loader_settings(settings: Settings, retention: Retention) -> LoaderSettings:
    """What the loader needs. `retention` says what is too old to be stored."""
    return LoaderSettings(
        journal_directory(settings),
        settings["loader.poll_ms"] / 1000,
        settings["loader.interval_ms"] / 1000,
        settings["loader.batch_bytes"],
        price_file=build_price_file(settings),
        horizon=retention.read_horizon,
    )


def build_room_settings(settings: Settings) -> RoomSettings:
    """How much the journal may hold."""
    return RoomSettings(journal_directory(settings), settings["journal.max_bytes"], settings["journal.min_free_bytes"])


def build_health_job(settings: Settings, store: Store) -> HealthJob:
    """What writes the service's health down, under the machine's name."""
    sampler = HealthSampler(store, journal_directory(settings), socket.gethostname())
    return HealthJob(sampler, settings["health.interval_s"])
