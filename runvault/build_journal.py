"""From settings to what collectors and loader share."""

from pathlib import Path

from collector.price_files import PriceFile, read_price_file
from collector.room import RoomSettings
from runvault.settings import Settings


def journal_directory(settings: Settings) -> Path:
    """Where collector and loader meet."""
    return settings.data_dir / "journal"


def build_price_file(settings: Settings) -> PriceFile | None:
    """The deployment's own prices, if it has any. Raises ConfigError."""
    path = settings["costs.price_file"]
    return read_price_file(Path(path).expanduser()) if path else None


def build_room_settings(settings: Settings) -> RoomSettings:
    """How much the journal may hold."""
    return RoomSettings(journal_directory(settings), settings["journal.max_bytes"], settings["journal.min_free_bytes"])
