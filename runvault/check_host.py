"""What may listen where."""

from runvault.settings import Settings, is_loopback
from schema.errors import ConfigError
from vault.key_file import key_file, read_keys


def check_host(settings: Settings) -> None:
    """Raises ConfigError when others could reach a service that has no key yet."""
    if not is_loopback(settings["host"]) and not read_keys(key_file(settings.data_dir)):
        raise ConfigError("host: another address than loopback needs a key first: runvault keys create")


def check_sql(settings: Settings) -> None:
    """Raises ConfigError when the SQL port is asked for where there is no embedded engine."""
    if settings["sql_port"] and settings["store.url"]:
        raise ConfigError("sql_port: is for the embedded store; a ClickHouse server has a port of its own")
