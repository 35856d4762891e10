"""Hostile statements straight to the engine, past the checks of `sqldoor/`: what its own policies and read-only mode
hold. Prints each statement's answer or error code as JSON. python -m tests.sqldoor.engine_alone DIRECTORY

A process of its own, because the policies are in force for a whole engine.
"""

import json
import sys
from pathlib import Path
from typing import Any

from schema.errors import StatementRefused
from schema.guest_policies import write_guest_config
from schema.guests import Binding, Guests
from schema.store import Store
from tests.api.rows import insert_rows
from tests.sqldoor.cut import CUT
from tests.sqldoor.fill import fill

READS = (
    "SELECT count() FROM merge('default', '^(runs|steps)$')",
    "SELECT count() FROM view(SELECT * FROM runs SETTINGS log_comment = '')",
    "SELECT count() FROM (SELECT RunId FROM runs SETTINGS log_comment = '')",
    "SELECT count() FROM (SELECT RunId FROM runs SETTINGS readonly = 0, log_comment = '')",
    "WITH x AS (SELECT RunId FROM runs SETTINGS log_comment = '') SELECT count() FROM x",
    "SELECT count() FROM runs WHERE 1 IN (SELECT 1 SETTINGS log_comment = '')",
    "SELECT count() FROM audit_entries",
    "SELECT count() FROM sealed_originals",
    "SELECT count() FROM break_glass_events",
    "SELECT count() FROM retention_policies",
    "SELECT count() FROM schema_migrations",
    "SELECT count() FROM trace_days",
    "SELECT count() FROM trace_days_mv",
    "SELECT 'SECRET' IN (SELECT Detail FROM audit_entries)",
    "SELECT count() FROM merge('default', '^(audit_entries|sealed_originals)$')",
    "SELECT count() FROM system.processes",
    "SELECT count() FROM system.parts",
    "SELECT countIf(name = 'audit_entries') FROM system.tables",
    "SELECT countIf(table = 'audit_entries') FROM system.columns",
    "SELECT count() FROM information_schema.tables WHERE table_name = 'audit_entries'",
)
WRITES = (
    "SET readonly = 0",
    "SET log_comment = ''",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS log_comment = ''",
    "INSERT INTO runs (RunId) VALUES ('x')",
    "CREATE TABLE x (a Int8) ENGINE = Memory",
    "CREATE ROW POLICY x ON runs USING 1 TO ALL",
    "ALTER TABLE runs DELETE WHERE 1",
    "TRUNCATE TABLE runs",
    "DROP TABLE runs",
    "SYSTEM FLUSH LOGS",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1', default, runs)",
    "SELECT * FROM mergeTreeIndex('default', 'runs')",
)


def main(directory: Path) -> None:
    """Fill a store, open it with the policies, ask everything as acme and the first few as a tenant of odd names."""
    fill(directory)
    config = write_guest_config(directory / "sql", None)
    store = Store.open(str(directory / "store"), 1, 1, engine_config=config)
    insert_rows(store, "retention_policies", [{"AppliedBy": "SECRET"}])
    insert_rows(store, "trace_days", [{"Tenant": "acme"}])
    guests = Guests(str(directory / "store"), config)
    guests.check_bound()
    acme = Binding("acme")
    answers: dict[str, Any] = {sql: ask(guests, acme, sql) for sql in (*CUT, *READS, *WRITES)}
    odd = ("", "x' OR 1 = 1 --", '","tenant":"acme', "acme\n", "ACME", "acme\0")
    answers["odd tenants"] = [ask(guests, Binding(tenant), "SELECT count() FROM runs") for tenant in odd]
    answers["ours"] = store.query("SELECT count() AS n FROM runs", tag="test")[0]["n"]
    guests.close()
    store.close()
    print(json.dumps(answers))


def ask(guests: Guests, binding: Binding, sql: str) -> str | int:
    """Rows as text, or the error's code."""
    guest = guests.receive(binding, {})
    try:
        return b"".join(guest.run(sql, "TSV", {}, whole=True)).decode()
    except StatementRefused as error:
        return error.code
    finally:
        guest.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
