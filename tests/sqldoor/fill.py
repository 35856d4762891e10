"""Two tenants' rows in a new data directory, written before a service opens it. python -m tests.sqldoor.fill DIRECTORY

acme has a run in production and one in staging; globex has two, whose texts say SECRET. So do the tables that nobody
may read through the SQL port.
"""

import sys
from datetime import date
from pathlib import Path

from schema.migrate import apply_migrations
from schema.store import Store
from tests.api.rows import BASE_NS, Row, insert_rows, make_payload, make_run, make_step

RUNS = [
    ("acme", "a-1", "production"),
    ("acme", "a-2", "staging"),
    ("globex", "g-1", "production"),
    ("globex", "g-2", "staging"),
]


def make_rows(table: str) -> list[Row]:
    """The rows of a table of spans, steps or runs."""
    rows = []
    for tenant, run, environment in RUNS:
        said = "SECRET of globex" if tenant == "globex" else "hello"
        where = {"Environment": environment}
        if table == "runs":
            rows.append(make_run(tenant, run, **where, UserId=f"{said} 7", CostUsd=1, Workflow="refunds"))
        elif table == "steps":
            rows.append(make_step(tenant, run, 1, **where, SpanName=said, Model="m-large"))
        elif table == "span_payloads":
            rows.append(make_payload(tenant, run, 1, InputMessages=said) | where)
        else:
            step = make_step(tenant, run, 1, **where)
            names = ("Tenant", "Environment", "RetentionClass", "Day", "TraceId", "SpanId", "Timestamp", "ReceivedAt")
            rows.append({name: step[name] for name in names} | {"SpanName": said})
    return rows


def fill(directory: Path) -> None:
    """Write them."""
    store = Store.open(str(directory / "store"), 1, 1)
    apply_migrations(store)
    for table in ("runs", "steps", "span_payloads", "otel_traces"):
        insert_rows(store, table, make_rows(table))
    day = date(2026, 3, 1)
    insert_rows(store, "audit_entries", [{"Day": day, "Chain": "old", "Seq": 1, "Tenant": "acme", "Detail": "SECRET"}])
    insert_rows(store, "sealed_originals", [{"Tenant": "acme", "Day": day, "Sealed": "SECRET"}])
    insert_rows(
        store, "break_glass_events", [{"Tenant": "acme", "Day": day, "Reason": "SECRET", "At": BASE_NS // 1000}]
    )
    store.close()


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
