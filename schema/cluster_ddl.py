"""A migration's statements for a cluster. The migrations are written for one machine; here each table becomes two.

    CREATE TABLE steps  ─▶  steps_local, Replicated…   holds the rows of its shard
                            steps, Distributed         sends each row to the shard of its trace, and reads from all

Every version of a row has the same key, so it lies in the same shard: FINAL, replacing and insert tokens hold there by
themselves. Spans and what is said in them go by trace; runs and what is said of them by run. `steps_current` and
`runs_current` are views on each shard with a Distributed table over them, so that shards sum up their own rows.
"""

import re

from schema.cluster import Cluster
from schema.errors import MigrationError

BY_TRACE, BY_RUN = "cityHash64(TraceId)", "cityHash64(RunId)"
SHARDING: dict[str, str] = {
    "otel_traces": BY_TRACE,
    "span_payloads": BY_TRACE,
    "steps": BY_TRACE,
    "steps_current": BY_TRACE,
    "span_supplements": BY_TRACE,
    "sealed_originals": BY_TRACE,
    # filled on each shard from its own steps: the hash of a trace id lies where its steps do, that of a run id with any
    # of them, so who asks for a run's asks every shard (find_run_days.sql)
    "trace_days": "TraceHash",
    "runs": BY_RUN,
    "runs_current": BY_RUN,
    "outcomes": BY_RUN,
    "outcomes_by_day": BY_RUN,
    "scores": BY_RUN,
    "repricings": BY_RUN,
    "audit_entries": "cityHash64(Chain)",
    "break_glass_events": "cityHash64(RequestId)",
    "health_samples": "cityHash64(Instance)",
    "retention_policies": "toUnixTimestamp64Micro(AppliedAt)",
    "schema_migrations": "Version",
    "migration_leases": "Number",
}
"""Table or view → by what its rows are shared out. One that is missing fails a test."""

_FORM = re.compile(
    r"(CREATE TABLE|CREATE MATERIALIZED VIEW|CREATE OR REPLACE VIEW|CREATE VIEW|ALTER TABLE|DROP TABLE|RENAME TABLE|"
    r"INSERT INTO) (?:IF NOT EXISTS )?(\w+)"
)
_ENGINE = re.compile(r"\{engine:(\w+)(?::([^}]*))?\}")
_READ = re.compile(r"\b(FROM|TO) (\w+)")
_RENAME = re.compile(r"RENAME TABLE (\w+) TO (\w+)")


def render_for_cluster(statement: str, cluster: Cluster) -> list[str]:
    """One statement of a migration → what does the same on a cluster, in the order to run it.

    Raises MigrationError for a form of statement that is not known here.
    """
    form = _FORM.match(statement)
    if form is None:
        raise MigrationError(f"a migration holds a statement that is not known on a cluster: {statement[:40]}")
    verb, name = form[1], form[2]
    local = f"{name}_local"
    match verb:
        case "CREATE TABLE":
            found = [_put(_replicate(statement, local), name, local), _distribute(name, cluster)]
        case "CREATE MATERIALIZED VIEW":
            found = [_read_local(statement)]
        case "CREATE VIEW" | "CREATE OR REPLACE VIEW" if name in SHARDING:
            how = "CREATE OR REPLACE TABLE" if "OR REPLACE" in verb else "CREATE TABLE IF NOT EXISTS"
            found = [_read_local(_put(statement, name, local)), _distribute(name, cluster, how)]
        case "ALTER TABLE" if " ADD COLUMN " in statement:
            found = [_put(statement, name, local), statement]
        case "ALTER TABLE" if " MODIFY QUERY" in statement:  # a materialised view, which is one on each shard
            found = [_read_local(statement)]
        case "ALTER TABLE":  # how rows are kept concerns those who keep them
            found = [_put(statement, name, local)]
        case "DROP TABLE":  # SYNC: its place in Keeper is free at once
            found = [statement, f"{_put(statement, name, local)} SYNC"]
        case "RENAME TABLE":
            found = _rename(statement, cluster)
        case _:  # other views, inserts: they read and write through the Distributed tables
            found = [statement]
    return [part.replace("{on_cluster}", f"ON CLUSTER '{cluster.name}'") for part in found]


def _put(statement: str, name: str, local: str) -> str:
    """The statement for another table: the first word that is its name is what it is about."""
    return re.sub(rf"\b{name}\b", local, statement, count=1)


def _read_local(view: str) -> str:
    return _READ.sub(r"\1 \2_local", view)


def _replicate(statement: str, local: str) -> str:
    # the database is filled in when the table is made, the other two on each machine from its macros
    keeper = f"'/clickhouse/tables/{{shard}}/{{database}}/{local}', '{{replica}}'"
    return _ENGINE.sub(
        lambda match: f"Replicated{match[1]}({keeper}{', ' + match[2] if match[2] else ''})",
        statement,
    )


def _distribute(name: str, cluster: Cluster, how: str = "CREATE TABLE IF NOT EXISTS") -> str:
    if name not in SHARDING:
        raise MigrationError(f"no sharding key for {name}")
    return (
        f"{how} {name} {{on_cluster}} AS {name}_local\n"
        f"ENGINE = Distributed('{cluster.name}', currentDatabase(), '{name}_local', {SHARDING[name]})"
    )


def _rename(statement: str, cluster: Cluster) -> list[str]:
    """A Distributed table names the table below it, so it is made anew."""
    match = _RENAME.match(statement)
    assert match, "a RENAME of one table"
    old, new = match[1], match[2]
    return [
        f"RENAME TABLE {old}_local TO {new}_local {{on_cluster}}",
        f"DROP TABLE IF EXISTS {old} {{on_cluster}}",
        _distribute(new, cluster),
    ]
