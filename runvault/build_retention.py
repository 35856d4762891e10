"""From settings to what retention wants: the store's cold volume, and the object that does the work."""

import logging
import re
from pathlib import Path
from urllib.parse import urlsplit

from runvault.retention_file import build_retention
from runvault.settings import Settings
from schema.errors import ConfigError
from schema.guest_policies import write_guest_config
from schema.lifetimes import Mode
from schema.retention import Retention
from schema.store import Store
from schema.volumes import POLICY, Cold, renew_engine_config, write_engine_config

log = logging.getLogger("runvault.retention")

_NAME = re.compile(r"^\w+$")


def open_engine(settings: Settings, readers: int = 4, writers: int = 2, for_guests: bool = False) -> Store:
    """The store of the settings, with its cold volume, and with row policies `for_guests` of the SQL port.

    Raises StoreUnavailable, ConfigError.
    """
    cluster = settings["store.cluster"]
    if cluster and not settings["store.url"]:
        raise ConfigError("store.cluster: is for a ClickHouse server, so it needs store.url")
    config = _write_config(settings)
    if for_guests:
        config = write_guest_config(settings.data_dir / "sql", config)
    return Store.open(
        settings.store_location,
        readers,
        writers,
        engine_config=config,
        password=_read_password(settings),
        cluster=cluster,
    )


def open_retention(settings: Settings, store: Store) -> Retention:
    """Retention of an open store. Raises ConfigError."""
    return Retention(store, build_retention(settings), _build_cold(settings))


def check_retention(settings: Settings) -> None:
    """Fail at start for what is wrong in the settings, and say when originals are to be sealed and cannot.

    Raises ConfigError.
    """
    policy = build_retention(settings)
    _build_cold(settings)
    if settings.sealing_keys.exists():
        return
    said = any(rule.mode is Mode.SEALED for rule in policy.rules.values())
    level = logging.WARNING if said else logging.INFO
    log.log(level, "mode redacted+sealed works as redacted until there are keys: runvault break-glass keygen")


def _read_password(settings: Settings) -> str:
    file = settings["store.password_file"]
    if not file:
        return ""
    if not settings["store.url"] or urlsplit(settings["store.url"]).password:
        raise ConfigError("store.password_file: needs a store.url without a password in it")
    try:
        password = Path(file).expanduser().read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"store.password_file: {file} cannot be read: {type(error).__name__}") from error
    if not password:
        raise ConfigError(f"store.password_file: {file} is empty")
    return password


def _build_cold(settings: Settings) -> Cold | None:
    served = bool(settings["store.url"])
    wrong = "retention.cold_dir" if served else "retention.cold_policy"
    if settings[wrong]:
        raise ConfigError(f"{wrong}: is for {'the embedded store' if served else 'a ClickHouse server'}")
    embedded = POLICY if settings["retention.cold_dir"] else ""
    policy = settings["retention.cold_policy"] if served else embedded
    if not policy and settings["retention.cold_after_days"]:
        raise ConfigError("retention.cold_after_days: needs retention.cold_dir, or on a server retention.cold_policy")
    if policy and not _NAME.match(policy):
        raise ConfigError("retention.cold_policy: expected letters, digits and underscores")
    return Cold(policy, settings["retention.cold_after_days"]) if policy else None


def _write_config(settings: Settings) -> Path | None:
    """Once written it stays in use: tables that lie under the policy cannot be opened without it."""
    if settings["store.url"]:
        return None
    file = settings.data_dir / "engine.xml"
    if settings["retention.cold_dir"]:
        return write_engine_config(file, Path(settings["retention.cold_dir"]).expanduser())
    return renew_engine_config(file) if file.exists() else None
