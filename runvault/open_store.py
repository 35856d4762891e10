"""Open the store, waiting for a server that is away: meanwhile collectors go on journalling."""

import logging
import time
from collections.abc import Callable

from runvault.build_retention import open_engine
from runvault.settings import Settings
from schema.errors import StoreError, StoreUnavailable
from schema.migrate import apply_migrations
from schema.store import Store

log = logging.getLogger("runvault.store")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
TABLE_ALREADY_EXISTS = 57
MOST_CLASHES = 5
"""A loader and an API that both find a new server and migrate it get into each other's way; who failed looks again what
is left to do. A migration that never succeeds stops the start all the same."""


def open_store(settings: Settings, is_stopping: Callable[[], bool]) -> Store | None:
    """The store, its schema up to date; None when `is_stopping` said so before it could be reached.

    Raises StoreUnavailable at once when it is the embedded engine that cannot be opened, MigrationError, ConfigError.
    """
    pause, clashes = FIRST_PAUSE_S, 0
    while not is_stopping():
        try:
            store = open_engine(settings)
            try:
                apply_migrations(store)
            except StoreError as error:
                store.close()
                if not store.served or error.code != TABLE_ALREADY_EXISTS or clashes == MOST_CLASHES:
                    raise
                clashes += 1
                raise StoreUnavailable("another process migrates it at the same moment", error.code) from error
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
