"""From settings to keys and audit trail."""

from runvault.settings import Settings, is_loopback
from schema.errors import ConfigError
from vault.key_file import KeyRing, key_file, read_keys


def check_host(settings: Settings) -> None:
    """Raises ConfigError when others could reach a service that has no key yet."""
    if not is_loopback(settings["host"]) and not read_keys(key_file(settings.data_dir)):
        raise ConfigError("host: another address than loopback needs a key first: runvault keys create")


def build_key_ring(settings: Settings) -> KeyRing:
    """The API keys of the data directory, as this process sees them."""
    return KeyRing(key_file(settings.data_dir), is_loopback(settings["host"]))
