"""Migration 0012 makes the runs that are there already known by their days, wherever it is cut off."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from schema.migrate import list_migrations, render_statements
from schema.statements import read_query
from schema.store import Store
from tests.api.rows import insert_rows, make_run, make_step

pytestmark = [pytest.mark.engine, pytest.mark.one_machine]

MIGRATION = next(migration for migration in list_migrations() if migration.name == "run_days")
STATEMENTS = render_statements(MIGRATION.text)


@pytest.fixture
def before(engine_path: Path, store: Store) -> Iterator[Store]:
    """A store as it was before, with a run over two days, and one from before days were kept."""
    opened = Store.open(str(engine_path), 1, 1, database="numbering")
    for migration in list_migrations():
        if migration.version < MIGRATION.version:
            for statement in render_statements(migration.text):
                opened.command(statement)
    first, second = date(2026, 3, 1), date(2026, 3, 2)
    insert_rows(opened, "steps", [make_step("t", "a", 1), make_step("t", "a", 2, Day=second)])
    insert_rows(opened, "runs", [make_run("t", "a", Days=[first, second]), make_run("t", "b", Day=first)])
    yield opened
    opened.command("DROP DATABASE numbering")
    opened.close()


def find_days(store: Store, run_id: str) -> list[date]:
    rows = store.query(read_query("find_run_days"), {"tenant": "t", "run_id": run_id}, tag="test")
    return sorted(row["Day"] for row in rows)


@pytest.mark.parametrize("done", range(len(STATEMENTS) + 1))
def test_cut_off_anywhere_and_run_again(before: Store, done: int) -> None:
    for statement in [*STATEMENTS[:done], *STATEMENTS]:
        before.command(statement)
    assert find_days(before, "a") == [date(2026, 3, 1), date(2026, 3, 2)]
    assert find_days(before, "b") == [date(2026, 3, 1)]
    insert_rows(before, "steps", [make_step("t", "c", 1, Day=date(2026, 3, 3))])
    # the day it lies in, and the one its start (1 March) would put its run in
    assert find_days(before, "c") == [date(2026, 3, 1), date(2026, 3, 3)]
    traces = before.query("SELECT uniqExact(TraceHash) AS n FROM trace_days", tag="test")
    assert traces == [{"n": 5}]  # three runs, and the traces of the two that have steps
