"""Open the store, waiting for a server that is away: meanwhile collectors go on journalling."""

import logging
import time
from collections.abc import Callable

from runvault.build_retention import open_engine
from runvault.settings import Settings
from schema.errors import StoreUnavailable
from schema.migrate import apply_migrations
from schema.store import Store

log = logging.getLogger("runvault.store")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0


def open_store(settings: Settings, is_stopping: Callable[[], bool]) -> Store | None:
    """The store, its schema brought up to date here or by a process that was first; None when `is_stopping` said so
    before that.

    Raises StoreUnavailable at once when it is the embedded engine that cannot be opened, MigrationError, ConfigError.
    """
    pause = FIRST_PAUSE_S
    while not is_stopping():
        try:
            store = open_engine(settings)
            try:
                apply_migrations(store)
            except BaseException:
                store.close()
                raise
            return _reopen_for_guests(settings, store) if settings["sql_port"] else store
        except StoreUnavailable as error:
            if not settings["store.url"]:
                raise
            log.warning("the store is away, will try again error=%s", error)
        waited = time.monotonic() + pause
        while time.monotonic() < waited and not is_stopping():
            time.sleep(0.1)
        pause = min(2 * pause, LONGEST_PAUSE_S)
    return None


def _reopen_for_guests(settings: Settings, store: Store) -> Store:
    """The same store with the row policies of the SQL port: they name columns, which older schemas do not have, so they
    are not in force while migrations run."""
    store.close()
    return open_engine(settings, for_guests=True)
