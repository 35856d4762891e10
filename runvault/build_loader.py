"""From settings to what the loader wants: apart from what collectors want, which need no engine."""

from collector.load import LoaderSettings
from runvault.build_journal import build_price_file, journal_directory
from runvault.settings import Settings
from schema.retention import Retention


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
