"""Who brings a server's schema up to date: one process at a time, though several may start at the same moment.

Leases are numbered. Who asks for the next number inserts it with a token made of that number, so ClickHouse takes one
such row and drops the others (`insert_deduplication_token`); reading it back says whose it was. The holder says every
few seconds that it is there. One that was silent for `LEASE_S` is taken for dead, and the next number may be asked for.
All times are the server's.
"""

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator

import pyarrow as pa

from schema.errors import MigrationUnderWay, StoreError
from schema.store import Store

LEASES_TABLE = """
CREATE TABLE IF NOT EXISTS migration_leases {on_cluster}
(
    Number UInt64,
    Holder String,
    SeenAt DateTime64(3) DEFAULT now64(3),
    IsOver UInt8
)
ENGINE = {engine:MergeTree}
ORDER BY Number
SETTINGS {dedup_window}
"""
LEASE_S = 30
BEAT_S = 5.0
TAG = "runvault.migrate"

_LATEST = f"""
SELECT Number, max(IsOver) = 0 AND max(SeenAt) > now64(3) - INTERVAL {LEASE_S} SECOND AS is_held
FROM migration_leases GROUP BY Number ORDER BY Number DESC LIMIT 1
"""  # noqa: S608 - our own number


@contextlib.contextmanager
def hold_lease(store: Store, beat_s: float = BEAT_S) -> Iterator[Callable[[], None]]:
    """Be the only one that migrates. What it yields is called before each statement: it raises MigrationUnderWay when
    this process was taken for dead meanwhile and another goes on in its place.

    Raises MigrationUnderWay when another process is at it.
    """
    number, holder = _take(store)
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(beat_s):
            with contextlib.suppress(StoreError):  # a server that is away for longer than the lease ends it
                _say(store, number, holder, over=False, token=uuid.uuid4().hex)

    def check() -> None:
        if _read_latest(store)[0] != number:
            raise MigrationUnderWay("another process went on with the migration")

    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    try:
        yield check
    finally:
        stopped.set()
        beating.join()
        with contextlib.suppress(StoreError):  # it lapses by itself
            _say(store, number, holder, over=True, token=uuid.uuid4().hex)


def _take(store: Store) -> tuple[int, str]:
    """The number of our lease and the name we have in it."""
    latest, is_held = _read_latest(store)
    number, holder = latest + 1, uuid.uuid4().hex
    if not is_held:
        _say(store, number, holder, over=False, token=f"lease-{number}")
        rows = store.query(
            "SELECT Holder FROM migration_leases WHERE Number = {number:UInt64}", {"number": number}, tag=TAG
        )
        # on another replica the row may not be there yet: then nobody has this lease, and it lapses
        if [row["Holder"] for row in rows] == [holder]:
            return number, holder
    raise MigrationUnderWay("another process is migrating the store")


def _read_latest(store: Store) -> tuple[int, bool]:
    """The greatest number given so far, 0 when there is none, and whether it is held."""
    for row in store.query(_LATEST, tag=TAG):
        return int(row["Number"]), bool(row["is_held"])
    return 0, False


def _say(store: Store, number: int, holder: str, over: bool, token: str) -> None:
    columns = [pa.array([number], pa.uint64()), pa.array([holder]), pa.array([int(over)], pa.uint8())]
    store.insert("migration_leases", pa.table(columns, ["Number", "Holder", "IsOver"]), token)
