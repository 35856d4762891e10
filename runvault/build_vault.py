"""From settings to keys and audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runvault.retention_file import build_retention
from runvault.settings import Settings, is_loopback
from schema.classes import DataClass
from schema.store import Store
from vault.audit import AuditTrail, audit_directory
from vault.audit_keeper import AuditKeeper, KeeperSettings
from vault.key_file import KeyRing, key_file


def build_key_ring(settings: Settings) -> KeyRing:
    """The API keys of the data directory, as this process sees them."""
    return KeyRing(key_file(settings.data_dir), is_loopback(settings["host"]))


def build_trail(settings: Settings) -> AuditTrail:
    """The audit trail of the data directory."""
    return AuditTrail(audit_directory(settings.data_dir))


def build_keeper(settings: Settings, trail: AuditTrail, store: Store) -> AuditKeeper:
    """What copies the trail into the store and signs its heads; not yet started. Raises ConfigError.

    For how long entries are kept is asked of the settings, not of the policy in force, which stands in the store: who
    can change that could make any removal look like an expiry.
    """
    key_file = _path_or(settings["audit.signing_key"], settings.data_dir / "keys" / "audit-signing.key")
    heads = _path_or(settings["audit.heads_dir"], audit_directory(settings.data_dir) / "heads")
    keep_days = build_retention(settings).longest(DataClass.AUDIT)
    interval = settings["audit.head_interval_s"]
    return AuditKeeper(trail, store, KeeperSettings(key_file, heads, interval, keep_days=keep_days))


@contextmanager
def keep_trail(settings: Settings, trail: AuditTrail, store: Store) -> Iterator[AuditKeeper]:
    """Copy the trail into the store and sign its heads while the block runs, and what is left at its end."""
    keeper = build_keeper(settings, trail, store)
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.stop()


def _path_or(said: str, default: Path) -> Path:
    return Path(said).expanduser() if said else default
