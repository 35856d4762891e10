"""From settings to keys and audit trail."""

from runvault.settings import Settings, is_loopback
from vault.key_file import KeyRing, key_file


def build_key_ring(settings: Settings) -> KeyRing:
    """The API keys of the data directory, as this process sees them."""
    return KeyRing(key_file(settings.data_dir), is_loopback(settings["host"]))
