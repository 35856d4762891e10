"""Issue 6, acceptance 2: each class goes at its time and not before, in each environment, in both volumes, by whole
partitions."""

from datetime import timedelta

import pytest

from schema.classes import EXPIRING, KEPT, OF_OWNERS, DataClass
from schema.erasure import CONDITIONS
from schema.lifetimes import ANY, NEVER, RetentionPolicy, Rule
from schema.retention import Retention
from schema.store import Store
from schema.volumes import Cold
from tests.schema.ageing import (
    CLASSES,
    DAYS,
    LIFETIMES,
    POLICY,
    TODAY,
    days_before,
    put,
    put_everywhere,
    read_days,
    read_parts,
)

pytestmark = pytest.mark.engine


def test_every_table_has_a_class(own_store: Store) -> None:
    rows = own_store.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase()"
        " AND engine NOT LIKE '%View' AND engine != 'Distributed'",
        tag="test",
    )
    names = {own_store.cluster.rows_of(table) for table in (*EXPIRING, *KEPT)}
    assert {row["name"] for row in rows} == names, "a new table needs a class: schema/classes.py"


def test_an_erasure_knows_every_table_of_owners() -> None:
    assert set(OF_OWNERS) <= set(CONDITIONS), "a new table needs a condition: schema/erasure.py"


def make_retention(
    store: Store, policy: RetentionPolicy = POLICY, days_on: int = 0, cold: Cold | None = None
) -> Retention:
    """Retention of a store, so many days after `TODAY`."""
    return Retention(store, policy, cold, lambda: TODAY + timedelta(days=days_on))


@pytest.fixture(params=["hot", "cold"])
def aged_store(request: pytest.FixtureRequest, own_store: Store) -> Store:
    """Rows of every owner at the edge of their lifetime, where they were written or moved to the cold volume."""
    put_everywhere(own_store)
    if request.param == "cold":
        moved = list(make_retention(own_store, days_on=1, cold=Cold(after_days=1)).cool())
        assert len(moved) == 2 * len(LIFETIMES) * len(OF_OWNERS)
        rows = own_store.query(
            "SELECT DISTINCT disk_name FROM system.parts WHERE active AND database = currentDatabase() AND rows > 0"
            " AND table IN {tables:Array(String)}",
            {"tables": [own_store.cluster.rows_of(table) for table in OF_OWNERS]},
            tag="test",
        )
        assert rows == [{"disk_name": "cold"}]
    return own_store


def test_each_class_goes_at_its_time_and_not_before(aged_store: Store) -> None:
    list(make_retention(aged_store, days_on=-1).expire_due())
    for owner, lifetimes in LIFETIMES.items():
        for table, data_class in OF_OWNERS.items():
            kept = lifetimes[CLASSES.index(data_class)]
            assert read_days(aged_store, table, owner) == [days_before(kept + 1), days_before(kept)], (owner, table)
    list(make_retention(aged_store).expire_due())
    for owner, lifetimes in LIFETIMES.items():
        for table, data_class in OF_OWNERS.items():
            kept = lifetimes[CLASSES.index(data_class)]
            assert read_days(aged_store, table, owner) == [days_before(kept)], (owner, table)
    list(make_retention(aged_store, days_on=1).expire_due())
    assert all(not read_parts(aged_store, table) for table in OF_OWNERS)


def test_expiry_rewrites_no_part(aged_store: Store) -> None:
    before = {table: read_parts(aged_store, table) for table in OF_OWNERS}
    gone = list(make_retention(aged_store).expire_due())
    assert len(gone) == len(LIFETIMES) * len(OF_OWNERS)
    assert all(due.is_whole for due in gone)
    for table in OF_OWNERS:
        after = read_parts(aged_store, table)
        assert after < before[table]
        assert len(after) == len(LIFETIMES)


def test_a_second_time_nothing_is_due(own_store: Store) -> None:
    put_everywhere(own_store)
    assert list(make_retention(own_store).expire_due())
    assert not list(make_retention(own_store).expire_due())


def test_a_rule_added_later_holds_for_days_written_before(own_store: Store) -> None:
    day = days_before(4)
    for tenant in ("acme", "globex"):
        put(own_store, "span_payloads", (tenant, "dev"), day, "*/*")
    plain = RetentionPolicy({(ANY, ANY): Rule(days=DAYS)})
    assert not list(make_retention(own_store, plain).expire_due())
    stricter = RetentionPolicy({(ANY, ANY): Rule(days=DAYS), ("acme", ANY): Rule(days={DataClass.PAYLOADS: 3})})
    retention = make_retention(own_store, stricter)
    (due,) = retention.plan()
    assert (due.rows, due.owners, due.is_whole) == (10, (("acme", "dev"),), False)
    assert list(retention.apply("somebody")) == [due]
    assert read_days(own_store, "span_payloads", ("acme", "dev")) == []
    assert read_days(own_store, "span_payloads", ("globex", "dev")) == [day]
    list(make_retention(own_store, stricter, days_on=2).expire_due())
    assert not read_parts(own_store, "span_payloads")


def test_a_policy_deletes_nothing_before_it_is_applied(own_store: Store) -> None:
    put(own_store, "span_payloads", ("globex", "dev"), days_before(4), "*/*")
    retention = make_retention(own_store)
    retention.read_in_force()
    shorter = make_retention(own_store, RetentionPolicy({(ANY, ANY): Rule(days={**DAYS, DataClass.PAYLOADS: 1})}))
    assert shorter.is_pending()
    assert not list(shorter.expire_due())
    assert [due.rows for due in shorter.plan()] == [10]
    assert [due.rows for due in shorter.apply("somebody")] == [10]
    assert not shorter.is_pending()
    assert shorter.read_in_force().by == "somebody"
    assert retention.read_in_force(True).policy == shorter.policy


def test_a_longer_lifetime_counts_before_it_is_applied(own_store: Store) -> None:
    make_retention(own_store).read_in_force()
    put(own_store, "span_payloads", ("globex", "dev"), days_before(7), "*/*")
    longer = make_retention(own_store, RetentionPolicy({(ANY, ANY): Rule(days={**DAYS, DataClass.PAYLOADS: 8})}))
    assert not list(longer.expire_due())


def test_what_has_no_day_goes_by_its_reception(own_store: Store) -> None:
    for days in (5, 6):
        put(own_store, "span_payloads", ("globex", "dev"), NEVER, f"*/*@{days_before(days)}")
    gone = list(make_retention(own_store).expire_due())
    assert [due.partition.lane for due in gone] == ["*/*@2026-11-15"]


def test_a_month_of_hashes_goes_with_the_longest_lifetime_of_runs(own_store: Store) -> None:
    for day in ("2026-09-30", "2026-10-31", "1970-01-01"):
        own_store.command(f"INSERT INTO trace_days SELECT 't', number, toDate('{day}') FROM numbers(5)")
    assert not list(make_retention(own_store, days_on=-12).expire_due())  # 40 days before: 2026-09-30
    assert [due.rows for due in make_retention(own_store, days_on=-11).expire_due()] == [5]
    left = own_store.query("SELECT DISTINCT toString(Day) AS Day FROM trace_days ORDER BY Day", tag="test")
    assert [row["Day"] for row in left] == ["1970-01-01", "2026-10-31"]


def test_nothing_moves_where_no_cold_volume_is_wanted(own_store: Store) -> None:
    put_everywhere(own_store)
    assert not list(make_retention(own_store, cold=Cold()).cool())


def test_only_what_is_old_enough_moves_and_once(own_store: Store) -> None:
    for days in (2, 3):
        put(own_store, "steps", ("globex", "dev"), days_before(days), "*/*")
    retention = make_retention(own_store, cold=Cold(after_days=2))
    assert [partition.day for partition in retention.cool()] == [days_before(3)]
    assert not list(retention.cool())
    put(own_store, "steps", ("globex", "dev"), days_before(3), "*/*", 7)  # late spans of a day that has moved
    assert [partition.day for partition in retention.cool()] == [days_before(3)]
