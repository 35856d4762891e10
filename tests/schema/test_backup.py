"""BACKUP and RESTORE of a whole database, with the statements of docs/deploy.md."""

import re
from pathlib import Path

import pytest

from schema.classes import EXPIRING, OF_OWNERS
from schema.migrate import apply_migrations, describe_schema
from schema.store import Store
from tests.schema.ageing import put_everywhere

pytestmark = [pytest.mark.engine, pytest.mark.one_machine]

DOCS = Path(__file__).parents[2] / "docs" / "deploy.md"


def read_statements(database: str) -> list[str]:
    """The two statements of the docs, for a database of the test."""
    block = re.search(r"<!-- server-backup -->\n```sql\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    assert block, "docs/deploy.md has lost its statements"
    named = block[1].replace("DATABASE default", f"DATABASE {database}")
    return [statement.strip() for statement in named.split(";") if statement.strip()]


def sum_up(store: Store) -> dict[str, tuple[int, int]]:
    """Rows and a checksum of all columns, table by table."""
    sums = {}
    for table in EXPIRING:
        (row,) = store.query(
            f"SELECT count() AS n, sum(cityHash64(toString(tuple(*)))) AS sum FROM {table}", tag="test"
        )
        sums[table] = int(row["n"]), int(row["sum"])
    return sums


def test_a_database_is_restored_whole(own_store: Store) -> None:
    put_everywhere(own_store)
    before, tables = sum_up(own_store), describe_schema(own_store)
    assert all(before[table][0] for table in OF_OWNERS)
    name = own_store.query("SELECT currentDatabase() AS name", tag="test")[0]["name"]
    backup, restore = read_statements(name)
    own_store.command(backup)
    own_store.command(f"DROP DATABASE {name} SYNC")
    own_store.command(restore)
    assert sum_up(own_store) == before
    assert describe_schema(own_store) == tables
    assert apply_migrations(own_store) == []
