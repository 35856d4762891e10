"""The embedded engine's configuration is in force: a name that it does not know it would pass over in silence."""

import time
from pathlib import Path

import pytest

from schema.engine import read_config, write_config
from schema.store import Store
from schema.volumes import renew_engine_config, write_engine_config

BEFORE = "<clickhouse><storage_configuration><disks/></storage_configuration></clickhouse>"
"""As Runvault wrote it when there was nothing else to say."""


@pytest.mark.engine
@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("server_settings", "memory_worker_period_ms"),
        ("merge_tree_settings", "min_parts_to_merge_at_once"),
    ],
)
def test_the_engine_knows_what_it_is_told(own_store: Store, table: str, name: str) -> None:
    told = read_config().findtext(f".//{name}")
    rows = own_store.query(f"SELECT value FROM system.{table} WHERE name = {{name:String}}", {"name": name}, tag="test")
    assert [row["value"] for row in rows] == [told]


@pytest.mark.engine
def test_a_partition_has_few_parts_all_the_same(own_store: Store) -> None:
    """Eight at a time: fifty inserts leave far fewer parts than fifty."""
    own_store.command("CREATE TABLE many (n UInt64) ENGINE = MergeTree ORDER BY n")
    for number in range(50):
        own_store.command(f"INSERT INTO many VALUES ({number})")
    deadline = time.monotonic() + 30
    while (parts := _count_parts(own_store)) > 25 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert parts <= 25


def _count_parts(store: Store) -> int:
    sql = "SELECT count() AS n FROM system.parts WHERE active AND database = currentDatabase() AND table = 'many'"
    return int(store.query(sql, tag="test")[0]["n"])


def test_the_cold_directory_stays_in_a_file_from_before(tmp_path: Path) -> None:
    file = tmp_path / "engine.xml"
    file.write_text(BEFORE)
    root = read_config(renew_engine_config(file))
    assert root.find("storage_configuration/disks") is not None
    assert root.find("merge_tree/min_parts_to_merge_at_once") is not None


def test_it_is_written_only_when_it_changes(tmp_path: Path) -> None:
    file = write_engine_config(tmp_path / "engine.xml", tmp_path / "cold")
    before = file.stat().st_mtime_ns
    assert renew_engine_config(file).stat().st_mtime_ns == before
    write_config(file)
    assert file.stat().st_mtime_ns != before
