"""What partitions the store holds, from the engine's own books: no row is read."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

from schema.classes import BY_MONTH
from schema.lifetimes import NEVER, read_age_day
from schema.store import Store
from schema.templates import fill_template

_OF_OWNERS = re.compile(r"^\('(\d{4}-\d\d-\d\d)','(.*)'\)$")
_ID = re.compile(r"^\w+$")


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: its rows and bytes, those of its bytes that lie on the cold volume, and the day it ages from.

    `day` and `lane` are its key; by month, `day` is the month's last and `lane` is empty.
    """

    table: str
    id: str
    day: date
    lane: str
    rows: int
    bytes: int
    cold_bytes: int
    written: date

    @property
    def age_day(self) -> date:
        """The day from which its rows age."""
        return read_age_day(self.day, self.lane, self.written)


def list_partitions(store: Store, table: str) -> list[Partition]:
    """The partitions of a table, oldest first; on a cluster each once, with what all shards hold of it.

    Raises StoreError.
    """
    sql = fill_template("list_partitions", parts=store.cluster.everywhere("system.parts"))
    rows = store.query(sql, {"table": store.cluster.rows_of(table)}, tag="runvault.retention")
    found = []
    for row in rows:
        day, lane = _read_key(table, row["Partition"])
        assert _ID.match(row["Id"]), "a partition id is what the engine made of the key"
        found.append(
            Partition(
                table, row["Id"], day, lane, int(row["Rows"]), int(row["Bytes"]), int(row["ColdBytes"]), row["Written"]
            )
        )
    return sorted(found, key=lambda partition: (partition.age_day, partition.lane))


def _read_key(table: str, partition: str) -> tuple[date, str]:
    if table in BY_MONTH:
        first = date(int(partition[:4]), int(partition[4:]), 1)
        return (NEVER if first == NEVER else end_of_month(first)), ""
    match = _OF_OWNERS.match(partition)
    assert match, f"{table} is not partitioned by (Day, RetentionClass)"
    return date.fromisoformat(match[1]), match[2]


def end_of_month(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
