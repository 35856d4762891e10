"""The schema on a cluster: what each table becomes, that the engine can read it, and that answers are the same."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.cluster import Cluster
from schema.cluster_ddl import SHARDING, render_for_cluster
from schema.errors import ConfigError, MigrationError
from schema.migrate import apply_migrations, list_migrations, render_all, render_statements
from schema.store import Store
from tests.schema.clustered import NAME, KeeperlessStore

GOLDEN = Path(__file__).parents[1] / "golden" / "cluster.sql"
CLUSTER = Cluster(NAME)
CREATED = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+) \{on_cluster\}.*?^ORDER BY (.*?)$", re.S | re.M)


def list_statements() -> list[str]:
    """Every statement that an empty cluster is given."""
    return [part for migration in list_migrations() for part in render_statements(migration.text, True, CLUSTER)]


@pytest.fixture
def cluster(engine_path: Path, store: Store) -> Iterator[KeeperlessStore]:
    """A cluster of one shard with our schema."""
    opened = KeeperlessStore.open(str(engine_path), 2, 1, database="clustered", cluster=NAME)
    assert isinstance(opened, KeeperlessStore)
    apply_migrations(opened)
    yield opened
    opened.command("DROP DATABASE clustered")
    opened.close()


def test_the_whole_schema_is_the_golden_one() -> None:
    shown = render_all(True, CLUSTER)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(shown)
    assert shown == GOLDEN.read_text()


@pytest.mark.engine
def test_the_engine_can_read_every_statement(store: Store) -> None:
    statements = list_statements()
    assert len(statements) > 60
    for statement in statements:
        store.query("SELECT formatQuery({statement:String})", {"statement": statement}, tag="test")


@pytest.mark.engine
def test_the_engine_makes_every_replicated_table(engine_path: Path, store: Store) -> None:
    opened = Store.open(str(engine_path), 1, 1, database="replicated")
    wanted = [part for part in list_statements() if "ENGINE = Replicated" in part]
    for statement in wanted:
        opened.command(statement.replace(f" ON CLUSTER '{NAME}'", ""))
    rows = opened.query(
        "SELECT table, zookeeper_path, replica_name FROM system.replicas WHERE database = 'replicated'", tag="test"
    )
    opened.command("DROP DATABASE replicated SYNC")
    opened.close()
    # 0001, 0002, 0004, 0006, 0007 (which makes outcomes, there already, and the table that takes its place), 0008,
    # 0009, 0011
    assert len(wanted) == 2 + 4 + 1 + 1 + 3 + 2 + 2 + 1
    assert {row["table"]: row["zookeeper_path"] for row in rows} == {
        f"{table}_local": f"/clickhouse/tables/01/replicated/{table}_local"
        for table in SHARDING.keys() - {"steps_current", "runs_current", "schema_migrations", "migration_leases"}
    }
    assert {row["replica_name"] for row in rows} == {"one"}


def test_versions_of_a_row_lie_in_one_shard() -> None:
    keys = {name: key for migration in list_migrations() for name, key in CREATED.findall(migration.text)}
    assert len(keys) == len(SHARDING) - 4  # two views, and the two tables that migrations need
    for table, key in keys.items():
        column = re.sub(r"^\w+\((\w+)\)$", r"\1", SHARDING[table])
        assert column in re.findall(r"\w+", key), f"{table}: rows that replace each other may lie in two shards"


def test_what_is_filled_on_a_shard_reads_that_shard() -> None:
    (view,) = [part for part in list_statements() if part.startswith("CREATE MATERIALIZED VIEW")]
    assert "TO trace_days_local AS" in view
    assert view.endswith("FROM steps_local")


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        (
            "ALTER TABLE runs {on_cluster} ADD COLUMN Paused String AFTER Day",
            [
                "ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN Paused String AFTER Day",
                "ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN Paused String AFTER Day",
            ],
        ),
        (
            "ALTER TABLE runs {on_cluster} MODIFY SETTING min_compress_block_size = 1",
            ["ALTER TABLE runs_local ON CLUSTER 'runvault' MODIFY SETTING min_compress_block_size = 1"],
        ),
        (
            "DROP TABLE outcomes {on_cluster}",
            [
                "DROP TABLE outcomes ON CLUSTER 'runvault'",
                "DROP TABLE outcomes_local ON CLUSTER 'runvault' SYNC",
            ],
        ),
        (
            "RENAME TABLE outcomes_by_day TO outcomes {on_cluster}",
            [
                "RENAME TABLE outcomes_by_day_local TO outcomes_local ON CLUSTER 'runvault'",
                "DROP TABLE IF EXISTS outcomes_by_day ON CLUSTER 'runvault'",
                "CREATE TABLE IF NOT EXISTS outcomes ON CLUSTER 'runvault' AS outcomes_local\n"
                "ENGINE = Distributed('runvault', currentDatabase(), 'outcomes_local', cityHash64(RunId))",
            ],
        ),
    ],
)
def test_one_statement(written: str, rendered: list[str]) -> None:
    assert render_for_cluster(written, CLUSTER) == rendered


@pytest.mark.parametrize(
    "statement", ["OPTIMIZE TABLE steps", "CREATE TABLE IF NOT EXISTS nobody {on_cluster} (A UInt8)"]
)
def test_what_is_not_known_is_refused(statement: str) -> None:
    with pytest.raises(MigrationError):
        render_for_cluster(statement, CLUSTER)


def test_a_name_that_could_end_its_quotes_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"store\.cluster"):
        Cluster("x'; DROP")


@pytest.mark.engine
def test_a_cluster_has_the_columns_of_one_machine(cluster: KeeperlessStore, own_store: Store) -> None:
    sql = (
        "SELECT table, name, type, default_expression FROM system.columns WHERE database = currentDatabase()"
        " AND NOT endsWith(table, '_local') ORDER BY table, name"
    )
    expected = own_store.query(sql, tag="test")
    assert len(expected) > 200
    assert cluster.query(sql, tag="test") == expected


@pytest.mark.engine
def test_a_second_start_changes_nothing(cluster: KeeperlessStore) -> None:
    assert apply_migrations(cluster) == []
