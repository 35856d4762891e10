"""Numbered, checksummed, forward-only migrations. The only place that knows one machine from a cluster.

A finished migration is never edited: a wrong step is mended by a new one. Statements are written so that a
migration cut off in the middle can be run again.
"""

import contextlib
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources

from schema.cluster import Cluster
from schema.cluster_ddl import render_for_cluster
from schema.errors import MigrationError
from schema.lease import LEASES_TABLE, hold_lease
from schema.store import Store

ONE_MACHINE = Cluster()

_MIGRATIONS_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations {on_cluster}
(
    Version UInt32,
    Name String,
    Checksum String,
    AppliedAt DateTime
)
ENGINE = {engine:ReplacingMergeTree}
ORDER BY Version
"""
_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_WINDOW = "non_replicated_deduplication_window = 10000"
# Keeper forgets a token after an hour unless told otherwise; a batch is tried again for as long as an outage lasts.
_CLUSTER_WINDOW = "replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800"
_SERVED = "fsync_after_insert = 1, fsync_part_directory = 1"
# The engine would count the distinct values of ninety columns at each merge, a seventh of a loader's CPU; our questions
# go by the key and the indexes. A setting of the engine's 26 versions: a server may not know it.
_EMBEDDED = "auto_statistics_types = ''"
_ENGINE = re.compile(r"\{engine:(\w+)(?::([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `schema/migrations/`."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Hash of the text as written, before the engine names are filled in."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def list_migrations() -> list[Migration]:
    """The migrations that come with this program, in order."""
    found = []
    for entry in (resources.files("schema") / "migrations").iterdir():
        match = _FILE.match(entry.name)
        if match:
            found.append(Migration(int(match[1]), match[2], entry.read_text("utf-8")))
    return sorted(found, key=lambda migration: migration.version)


def render_statements(text: str, served: bool = False, cluster: Cluster = ONE_MACHINE) -> list[str]:
    """The statements of a migration: comments dropped, engine names filled in, for a cluster each table made two.

    On a server (`served`) each part is synced before its insert is confirmed; on the embedded engine `Store.sync` does
    that for a whole batch.
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    window = _CLUSTER_WINDOW if cluster.name else _WINDOW
    body = "\n".join(lines).replace("{dedup_window}", f"{window}, {_SERVED if served else _EMBEDDED}")
    statements = [statement.strip() for statement in body.split(";") if statement.strip()]
    if cluster.name:
        return [part for statement in statements for part in render_for_cluster(statement, cluster)]
    return [_render_for_one(statement) for statement in statements]


def render_all(served: bool, cluster: Cluster) -> str:
    """Everything that an empty store is given, to be read: the migrations in order, and the table of them."""
    parts = ["-- the table of migrations", *_end(render_statements(_MIGRATIONS_TABLE, served, cluster))]
    parts += ["-- whose turn it is to migrate", *_end(render_statements(LEASES_TABLE, served, cluster))]
    for migration in list_migrations():
        parts += [f"-- {migration.version:04d}_{migration.name}"]
        parts += _end(render_statements(migration.text, served, cluster))
    return "\n\n".join(parts) + "\n"


def applied_migrations(store: Store) -> dict[int, tuple[str, str]]:
    """Version → (name, checksum) of what the store has seen."""
    _make_table(store, "schema_migrations", _MIGRATIONS_TABLE)
    rows = store.query("SELECT Version, Name, Checksum FROM schema_migrations FINAL", tag="runvault.migrate")
    return {int(row["Version"]): (row["Name"], row["Checksum"]) for row in rows}


def apply_migrations(store: Store) -> list[str]:
    """Bring the store up to date; names of what was applied.

    Raises MigrationError when an applied migration was changed or is not known to this program, MigrationUnderWay when
    another process is bringing this server up to date.
    """
    _make_table(store, "migration_leases", LEASES_TABLE)
    if not _find_missing(store):
        return []
    # the embedded engine is this process's alone
    with hold_lease(store) if store.served else contextlib.nullcontext(lambda: None) as check:
        return _apply(store, _find_missing(store), check)


def _find_missing(store: Store) -> list[Migration]:
    known, applied = list_migrations(), applied_migrations(store)
    _check_history(known, applied)
    return [migration for migration in known if migration.version not in applied]


def _apply(store: Store, missing: list[Migration], check: Callable[[], None]) -> list[str]:
    done = []
    for migration in missing:
        for statement in render_statements(migration.text, store.served, store.cluster):
            check()
            store.command(statement, tag="runvault.migrate")
        store.command(
            "INSERT INTO schema_migrations VALUES ({version:UInt32}, {name:String}, {checksum:String}, {at:DateTime})",
            {
                "version": migration.version,
                "name": migration.name,
                "checksum": migration.checksum,
                "at": datetime.now(UTC).replace(tzinfo=None),
            },
            tag="runvault.migrate",
        )
        done.append(f"{migration.version:04d}_{migration.name}")
    return done


def _make_table(store: Store, name: str, text: str) -> None:
    # asked first: on a cluster, making what is there already would need every node to be up at every start
    sql = "SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = {name:String}"
    if not store.query(sql, {"name": name}, tag="runvault.migrate"):
        for statement in render_statements(text, store.served, store.cluster):
            store.command(statement, tag="runvault.migrate")


def describe_schema(store: Store) -> str:
    """The schema as it stands in the store: every table and view, as ClickHouse writes it. See `expected.sql`."""
    rows = store.query(
        "SELECT name, formatQuery(create_table_query) AS statement FROM system.tables"
        " WHERE database = currentDatabase() AND name NOT LIKE '.inner%' ORDER BY name",
        tag="runvault.describe",
    )
    database = store.query("SELECT currentDatabase() AS name", tag="runvault.describe")[0]["name"]
    return "\n\n".join(row["statement"].replace(f"{database}.", "") + ";" for row in rows) + "\n"


def _render_for_one(statement: str) -> str:
    alone = statement.replace(" {on_cluster}", "")
    return _ENGINE.sub(lambda match: f"{match[1]}({match[2]})" if match[2] else match[1], alone)


def _end(statements: list[str]) -> list[str]:
    return [f"{statement};" for statement in statements]


def _check_history(known: list[Migration], applied: dict[int, tuple[str, str]]) -> None:
    by_version = {migration.version: migration for migration in known}
    for version, (name, checksum) in sorted(applied.items()):
        migration = by_version.get(version)
        if migration is None:
            raise MigrationError(f"the store has migration {version:04d}_{name}, newer than this program")
        if migration.checksum != checksum:
            raise MigrationError(f"migration {version:04d}_{name} was changed after it was applied")
