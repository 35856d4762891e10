"""What is due, and how it goes: a partition whose owners are all due is dropped whole, no row is rewritten.

A partition holds one lane (schema/lifetimes.py), so its owners share their lifetimes, unless rules were added after it
was written. Then those who are due go by a lightweight delete, and the others stay until the partition is dropped.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from schema.classes import BY_MONTH, OF_OWNERS, DataClass
from schema.lifetimes import NEVER, Horizon
from schema.partitions import Partition, list_partitions
from schema.store import Store
from schema.templates import fill_template

Owner = tuple[str, str]
"""Tenant and environment."""


@dataclass(frozen=True, slots=True)
class Due:
    """Rows that are past their lifetime: all of a partition, or those of some owners in it."""

    partition: Partition
    data_class: DataClass
    rows: int
    owners: tuple[Owner, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the partition goes as a whole."""
        return not self.owners

    @property
    def bytes(self) -> int:
        """Bytes on disk, by share of the rows."""
        return round(self.partition.bytes * min(1.0, self.rows / max(1, self.partition.rows)))


def find_due(store: Store, horizon: Horizon, today: date) -> Iterator[Due]:
    """Everything that is due, table by table, oldest first. Raises StoreError."""
    for table, data_class in OF_OWNERS.items():
        yield from _find_of_owners(store, table, data_class, horizon, today)
    for table, data_class in BY_MONTH.items():
        for partition in list_partitions(store, table):
            if NEVER < partition.day < horizon.last_kept(data_class, today):
                yield Due(partition, data_class, partition.rows)


def expire(store: Store, due: Due) -> None:
    """Let it go. Doing it again does nothing. Raises StoreError."""
    partition = due.partition
    table = store.cluster.altered(partition.table)
    if due.is_whole:
        # our table, the engine's id
        store.command(f"ALTER TABLE {table} DROP PARTITION ID '{partition.id}'", tag="runvault.retention")
        return
    for tenant, environment in due.owners:
        store.command(
            f"DELETE FROM {table} WHERE Day = {{day:Date}}"  # noqa: S608
            " AND RetentionClass = {lane:String} AND Tenant = {tenant:String} AND Environment = {environment:String}",
            {"day": partition.day, "lane": partition.lane, "tenant": tenant, "environment": environment},
            tag="runvault.retention",
        )


def _find_of_owners(store: Store, table: str, data_class: DataClass, horizon: Horizon, today: date) -> Iterator[Due]:
    before = horizon.first_due(data_class, today)
    candidates = [partition for partition in list_partitions(store, table) if partition.age_day < before]
    if not candidates:
        return
    counts = _count_owners(store, table, before)
    for partition in candidates:
        owners = counts[partition.day, partition.lane]
        due = {
            owner: rows
            for owner, rows in owners.items()
            if partition.age_day < horizon.first_day(*owner, data_class, today)
        }
        if len(due) == len(owners):  # also when lightweight deletes have left nothing in it
            yield Due(partition, data_class, partition.rows)
        elif due:
            yield Due(partition, data_class, sum(due.values()), tuple(sorted(due)))


def _count_owners(store: Store, table: str, before: date) -> dict[tuple[date, str], dict[Owner, int]]:
    rows = store.query(fill_template("count_owners", table=table), {"before": before}, tag="runvault.retention")
    counts: dict[tuple[date, str], dict[Owner, int]] = defaultdict(dict)
    for row in rows:
        counts[row["Day"], row["RetentionClass"]][row["Tenant"], row["Environment"]] = int(row["Rows"])
    return counts
