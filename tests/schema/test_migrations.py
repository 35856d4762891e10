"""Migrations: from empty to what `expected.sql` says, again without effect, and never with a changed past."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import schema
from schema.columns import BY_NAME, COLUMNS, RESOLVED, columns_of
from schema.errors import MigrationError
from schema.migrate import apply_migrations, describe_schema, list_migrations, render_statements
from schema.store import Store

JOINED = ["JoinTraceId", "JoinSpanId", "JoinedAt"]
"""Columns of the supplements that the loader writes when it has found the span."""

EXPECTED = Path(schema.__file__ or "").parent / "expected.sql"


@pytest.fixture
def empty(engine_path: Path, store: Store) -> Iterator[Store]:
    """A database with nothing in it, on this process's engine."""
    opened = Store.open(str(engine_path), 1, 1, database="migrating")
    yield opened
    opened.command("DROP DATABASE migrating")
    opened.close()


@pytest.mark.engine
def test_all_from_empty_gives_the_expected_schema(empty: Store) -> None:
    names = [f"{migration.version:04d}_{migration.name}" for migration in list_migrations()]
    assert apply_migrations(empty) == names
    live = describe_schema(empty)
    if os.environ.get("UPDATE_GOLDEN"):
        EXPECTED.write_text(live)
    assert live == EXPECTED.read_text()


@pytest.mark.engine
def test_a_second_time_changes_nothing(empty: Store) -> None:
    apply_migrations(empty)
    before = describe_schema(empty)
    assert apply_migrations(empty) == []
    assert describe_schema(empty) == before


@pytest.mark.engine
def test_a_migration_cut_off_in_the_middle_is_finished(empty: Store) -> None:
    for statement in render_statements(list_migrations()[0].text)[:3]:
        empty.command(statement)
    apply_migrations(empty)
    assert describe_schema(empty) == EXPECTED.read_text()


def test_a_server_syncs_the_parts_of_every_table() -> None:
    for migration in list_migrations():
        for statement in render_statements(migration.text, served=True):
            if statement.startswith("CREATE TABLE"):
                assert "fsync_after_insert = 1, fsync_part_directory = 1" in statement, statement[:60]


@pytest.mark.engine
def test_a_changed_past_is_refused(empty: Store) -> None:
    apply_migrations(empty)
    empty.command("INSERT INTO schema_migrations VALUES (1, 'spans', 'other', now())")
    with pytest.raises(MigrationError, match="0001_spans was changed"):
        apply_migrations(empty)


@pytest.mark.engine
def test_a_store_from_the_future_is_refused(empty: Store) -> None:
    apply_migrations(empty)
    empty.command("INSERT INTO schema_migrations VALUES (9999, 'later', 'x', now())")
    with pytest.raises(MigrationError, match="9999_later"):
        apply_migrations(empty)


@pytest.mark.engine
@pytest.mark.parametrize("table", ["otel_traces", "span_payloads", "steps", "span_supplements"])
def test_declared_columns_are_the_live_ones(store: Store, table: str) -> None:
    rows = store.query(
        "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}",
        {"table": table},
        tag="test",
    )
    live = {row["name"]: row["type"] for row in rows}
    names = [*columns_of(table), *(column.name for column in RESOLVED if table == "steps")]
    names += JOINED if table == "span_supplements" else []
    declared = {name: BY_NAME[name].clickhouse for name in names if name in BY_NAME}
    assert {name: kind for name, kind in live.items() if name not in JOINED} == declared
    assert set(live) == set(names)


def test_column_names_are_unique() -> None:
    assert len(BY_NAME) == len(COLUMNS) + len(RESOLVED)


def test_versions_follow_each_other() -> None:
    assert [migration.version for migration in list_migrations()] == list(range(1, len(list_migrations()) + 1))
