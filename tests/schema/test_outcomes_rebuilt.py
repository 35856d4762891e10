"""Migration 0007 rebuilds a table with data in it: nothing is lost, wherever it is cut off."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from schema.migrate import list_migrations, render_statements
from schema.store import Store

pytestmark = pytest.mark.engine

REBUILD = next(migration for migration in list_migrations() if migration.name == "retention")
STATEMENTS = render_statements(REBUILD.text)


@pytest.fixture
def before(engine_path: Path, store: Store) -> Iterator[Store]:
    """A store as it was before, with outcomes of a run that is there and of one that is not."""
    opened = Store.open(str(engine_path), 1, 1, database="rebuilding")
    for migration in list_migrations():
        if migration.version < REBUILD.version:
            for statement in render_statements(migration.text):
                opened.command(statement)
    opened.command(
        "INSERT INTO runs (Tenant, Environment, RetentionClass, Day, RunId, RefreshedAt)"
        " VALUES ('t', 'dev', 'default', '2026-03-01', 'known', 1)"
    )
    opened.command(
        "INSERT INTO outcomes (Tenant, RunId, OutcomeId, Status, At, RecordedAt) VALUES"
        " ('t', 'known', generateUUIDv4(), 'success', '2026-03-02 00:00:00', '2026-03-03 00:00:00'),"
        " ('t', 'unknown', generateUUIDv4(), 'failure', '2026-03-02 00:00:00', '2026-03-03 00:00:00')"
    )
    yield opened
    opened.command("DROP DATABASE rebuilding")
    opened.close()


@pytest.mark.parametrize("done", range(len(STATEMENTS) + 1))
def test_cut_off_anywhere_and_run_again(before: Store, done: int) -> None:
    for statement in [*STATEMENTS[:done], *STATEMENTS]:
        before.command(statement)
    rows = before.query(
        "SELECT RunId, Status, Environment, RetentionClass, Day FROM outcomes FINAL ORDER BY RunId", tag="test"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("known", "success", "dev", "default", date(2026, 3, 1)),
        ("unknown", "failure", "", "*/*", date(2026, 3, 3)),
    ]
