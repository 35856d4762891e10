"""Several processes that start at the same moment bring a server up to date once: one does it, the others wait."""

import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from schema.errors import MigrationUnderWay
from schema.lease import LEASE_S, hold_lease
from schema.migrate import apply_migrations, describe_schema, list_migrations, render_statements
from schema.store import Store
from tests.schema.test_migrations import EXPECTED
from tests.schema.turns import TurnStore, open_turn_stores, take_turns

pytestmark = pytest.mark.engine
NAMES = [f"{migration.version:04d}_{migration.name}" for migration in list_migrations()]
SERVED = EXPECTED.read_text().replace("auto_statistics_types = ''", "fsync_after_insert = 1, fsync_part_directory = 1")
BEFORE_RETENTION = [migration for migration in list_migrations() if migration.version < 7]


@pytest.fixture
def stores(engine_path: Path, store: Store) -> Iterator[list[TurnStore]]:
    """Three processes' stores of an empty server."""
    opened = open_turn_stores(engine_path, 3, "", database="leased")
    yield opened
    store.command("DROP DATABASE leased")
    for one in opened:
        one.close()


def migrate_in_turn(store: Store, applied: list[str]) -> None:
    """As every start does: try again while another process is at it."""
    for _ in range(1000):
        try:
            applied += apply_migrations(store)
            return
        except MigrationUnderWay:
            time.sleep(0.01)  # the holder goes on meanwhile
    raise AssertionError("its turn never came")


@pytest.mark.parametrize("seed", range(3))
def test_an_empty_server_is_filled_once(stores: list[TurnStore], seed: int) -> None:
    applied: list[str] = []
    take_turns(stores, seed, [partial(migrate_in_turn, one, applied) for one in stores])
    assert applied == NAMES
    assert describe_schema(stores[0]) == SERVED


@pytest.mark.parametrize("seed", range(3))
def test_what_a_migration_copies_is_there_afterwards(stores: list[TurnStore], seed: int) -> None:
    """0007 drops a table once its rows are in another: done by two at once, it could drop that other."""
    old = stores[0]
    for migration in BEFORE_RETENTION:
        for statement in render_statements(migration.text, served=True):
            old.command(statement)
    old.command(
        "INSERT INTO outcomes (Tenant, RunId, OutcomeId, Status, At, RecordedAt) VALUES"
        " ('t', 'known', generateUUIDv4(), 'success', '2026-03-02 00:00:00', '2026-03-03 00:00:00')"
    )
    applied: list[str] = []
    take_turns(stores, seed, [partial(migrate_in_turn, one, applied) for one in stores])
    assert applied == NAMES
    rows = old.query("SELECT RunId, Status FROM outcomes FINAL", tag="test")
    assert [tuple(row.values()) for row in rows] == [("known", "success")]
    assert describe_schema(old) == SERVED


def test_who_asks_meanwhile_is_told_and_may_afterwards(own_store: Store) -> None:
    with hold_lease(own_store) as check:
        check()
        with pytest.raises(MigrationUnderWay, match="another process is migrating"), hold_lease(own_store):
            raise AssertionError("two hold it")
        check()
    with hold_lease(own_store) as check:
        check()


def test_a_holder_that_says_nothing_is_followed_by_another(own_store: Store) -> None:
    own_store.command(
        "INSERT INTO migration_leases (Number, Holder, SeenAt, IsOver)"
        f" VALUES (1, 'killed', now64(3) - INTERVAL {LEASE_S - 5} SECOND, 0)"
    )
    with pytest.raises(MigrationUnderWay), hold_lease(own_store):
        raise AssertionError("it may be alive")
    own_store.command(
        "INSERT INTO migration_leases (Number, Holder, SeenAt, IsOver)"
        f" VALUES (2, 'killed', now64(3) - INTERVAL {LEASE_S + 1} SECOND, 0)"
    )
    with hold_lease(own_store) as check:
        check()


def test_a_holder_says_that_it_is_there(own_store: Store) -> None:
    count = "SELECT count() AS signs FROM migration_leases WHERE Number = 1"
    with hold_lease(own_store, beat_s=0.05):
        ended = time.monotonic() + 20
        while own_store.query(count, tag="test")[0]["signs"] < 3:
            assert time.monotonic() < ended


def test_who_was_taken_for_dead_stops(own_store: Store) -> None:
    with hold_lease(own_store) as check:
        own_store.command("INSERT INTO migration_leases (Number, Holder, SeenAt) VALUES (2, 'another', now64(3))")
        with pytest.raises(MigrationUnderWay, match="went on"):
            check()


def test_many_ask_at_once_and_one_has_it(engine_path: Path, own_store: Store) -> None:
    database = own_store.query("SELECT currentDatabase() AS name", tag="test")[0]["name"]
    asking = [Store.open(str(engine_path), 1, 1, database=database) for _ in range(4)]
    started, over = threading.Barrier(4), threading.Barrier(4)
    held: list[int] = []

    def ask(number: int) -> None:
        started.wait(20)
        try:
            with hold_lease(asking[number]):
                held.append(number)
                over.wait(20)
        except MigrationUnderWay:
            over.wait(20)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for one in asking:
        one.close()
    assert len(held) == 1
