"""The cold volume: a second directory of the embedded engine, or a volume of a server's storage policy.

Tables are put under the policy once; then whole partitions are moved when they are old enough.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from schema.classes import EXPIRING
from schema.engine import read_config, write_config
from schema.errors import ConfigError
from schema.lifetimes import first_kept_day
from schema.partitions import Partition, list_partitions
from schema.store import Store

POLICY = "runvault_tiered"
VOLUME = "cold"
# The first volume has the name and the disk of the default policy: a table may only change to a policy that has them.
_STORAGE = """<storage_configuration>
    <disks><{volume}><type>local</type><path>{path}/</path></{volume}></disks>
    <policies><{policy}>
      <volumes><default><disk>default</disk></default><{volume}><disk>{volume}</disk></{volume}></volumes>
      <move_factor>0</move_factor>
    </{policy}></policies>
  </storage_configuration>"""


@dataclass(frozen=True, slots=True)
class Cold:
    """The storage policy that has a volume named `cold`, and after how many days data moves there."""

    policy: str = POLICY
    after_days: int = 0


def write_engine_config(file: Path, cold_dir: Path) -> Path:
    """The embedded engine's configuration that knows the cold directory; where it was written.

    The engine needs it at every start from then on: tables under the policy cannot be opened without it.
    """
    cold_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    storage = _STORAGE.format(policy=POLICY, volume=VOLUME, path=escape(str(cold_dir.resolve())))
    return write_config(file, ET.fromstring(storage))  # noqa: S314 - our own text


def renew_engine_config(file: Path) -> Path:
    """The same with the cold directory that it names already, and what the engine is told besides as it is now."""
    storage = read_config(file).find("storage_configuration")
    return write_config(file, *([] if storage is None else [storage]))


def adopt_policy(store: Store, cold: Cold) -> None:
    """Put every table of dated data under the storage policy. Raises ConfigError when the store has none such."""
    found = store.query(
        "SELECT 1 FROM system.storage_policies WHERE policy_name = {policy:String} AND volume_name = {volume:String}",
        {"policy": cold.policy, "volume": VOLUME},
        tag="runvault.retention",
    )
    if not found:
        raise ConfigError(f"retention.cold_policy: the store has no storage policy {cold.policy} with a volume cold")
    tables = {store.cluster.rows_of(table): table for table in EXPIRING}
    other = store.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN {tables:Array(String)}"
        " AND storage_policy != {policy:String}",
        {"tables": list(tables), "policy": cold.policy},
        tag="runvault.retention",
    )
    for row in other:
        altered = store.cluster.altered(tables[row["name"]])
        store.command(
            f"ALTER TABLE {altered} MODIFY SETTING storage_policy = '{cold.policy}'", tag="runvault.retention"
        )


def find_cooling(store: Store, cold: Cold, today: date) -> Iterator[Partition]:
    """Partitions that are old enough for the cold volume and not wholly there. Raises StoreError."""
    before = first_kept_day(today, cold.after_days)
    for table in EXPIRING:
        for partition in list_partitions(store, table):
            if partition.age_day < before and partition.cold_bytes < partition.bytes:
                yield partition


def move_to_cold(store: Store, partition: Partition) -> None:
    """Move a partition's parts, as they are, to the cold volume. Raises StoreError."""
    store.command(
        f"ALTER TABLE {store.cluster.altered(partition.table)} MOVE PARTITION ID '{partition.id}' TO VOLUME '{VOLUME}'",
        tag="runvault.retention",
    )
