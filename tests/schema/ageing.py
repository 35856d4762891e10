"""Synthetic rows of any age, in every table that ages."""

from collections.abc import Mapping
from datetime import date, timedelta

from schema.classes import OF_OWNERS, DataClass
from schema.lifetimes import ANY, RetentionPolicy, Rule
from schema.store import Store

TODAY = date(2026, 11, 21)
DAYS = {
    DataClass.ORIGINALS: 2,
    DataClass.PAYLOADS: 5,
    DataClass.STEPS: 8,
    DataClass.RUNS: 20,
    DataClass.AUDIT: 30,
}
POLICY = RetentionPolicy(
    {
        (ANY, ANY): Rule(days=DAYS),
        (ANY, "production"): Rule(days={DataClass.PAYLOADS: 3}),
        (ANY, "staging"): Rule(days={DataClass.STEPS: 4, DataClass.RUNS: 6}),
        ("acme", ANY): Rule(days={DataClass.RUNS: 40}),
        ("acme", "production"): Rule(days={DataClass.PAYLOADS: 1}),
    }
)
LIFETIMES: Mapping[tuple[str, str], tuple[int, int, int, int]] = {
    ("globex", "dev"): (2, 5, 8, 20),
    ("globex", "production"): (2, 3, 8, 20),
    ("globex", "staging"): (2, 4, 4, 6),
    ("acme", "dev"): (2, 5, 8, 40),
    ("acme", "production"): (1, 1, 8, 40),
    ("acme", "staging"): (2, 4, 4, 40),
}
"""Owner → days of originals, payloads, steps and runs under `POLICY`, worked out by hand."""
CLASSES = (DataClass.ORIGINALS, DataClass.PAYLOADS, DataClass.STEPS, DataClass.RUNS)


def days_before(days: int) -> date:
    """The day so long before `TODAY`."""
    return TODAY - timedelta(days=days)


def put(store: Store, table: str, owner: tuple[str, str], day: date, lane: str, rows: int = 10) -> None:
    """Rows of one owner and day, all different."""
    key = {
        "runs": "RunId", "outcomes": "RunId", "scores": "RunId", "repricings": "RunId", "trace_days": "TraceHash",
    }.get(table, "SpanId")  # fmt: skip
    value = "number" if key == "TraceHash" else f"concat('{day}-', toString(number))"
    store.command(
        f"INSERT INTO {table} (Tenant, Environment, Day, RetentionClass, {key})"
        f" SELECT {{tenant:String}}, {{environment:String}}, {{day:Date}}, {{lane:String}}, {value}"
        " FROM numbers({rows:UInt64})",
        {"tenant": owner[0], "environment": owner[1], "day": day, "lane": lane, "rows": rows},
    )


def read_days(store: Store, table: str, owner: tuple[str, str]) -> list[date]:
    """The days of which rows of an owner are left."""
    rows = store.query(
        f"SELECT DISTINCT Day FROM {table} WHERE Tenant = {{tenant:String}} AND Environment = {{environment:String}}"
        " ORDER BY Day",
        {"tenant": owner[0], "environment": owner[1]},
        tag="test",
    )
    return [row["Day"] for row in rows]


def read_parts(store: Store, table: str) -> set[str]:
    """Names of the parts that are there: one that is rewritten gets another name."""
    rows = store.query(
        "SELECT name FROM system.parts WHERE active AND rows > 0 AND database = currentDatabase()"
        " AND table = {table:String}",
        {"table": store.cluster.rows_of(table)},
        tag="test",
    )
    return {row["name"] for row in rows}


def put_everywhere(store: Store) -> None:
    """Of every owner, in every table: rows of the last day that is kept, and of the day before it."""
    for owner, lifetimes in LIFETIMES.items():
        for table, data_class in OF_OWNERS.items():
            kept = lifetimes[CLASSES.index(data_class)]
            for days in (kept, kept + 1):
                put(store, table, owner, days_before(days), POLICY.lane(*owner))
