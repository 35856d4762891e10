"""Case `expiry`: the payloads of ten million spans come to the end of their lifetime (issue 6, acceptance 2).

Eleven million narrow rows over eleven days in two environments, part of them on the cold volume; ten days are due.
The engine's own log of parts (`system.part_log`) tells what was done to them.
"""

import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from schema.classes import DataClass
from schema.lifetimes import ANY, DEFAULT_DAYS, RetentionPolicy, Rule
from schema.migrate import apply_migrations
from schema.retention import Retention
from schema.store import Store
from schema.volumes import Cold, write_engine_config
from tests.bench.machine import Figure, measure_cpu

DUE_DAYS = 10
PER_DAY = 1_000_000
TODAY = date(2026, 11, 21)
LIFETIME = 30
TABLE = "span_payloads"
POLICY = RetentionPolicy(
    {(ANY, ANY): Rule(days={**DEFAULT_DAYS, DataClass.PAYLOADS: LIFETIME}), (ANY, "production"): Rule()}
)
_LOG = (
    "<part_log><database>system</database><table>part_log</table>"
    "<flush_interval_milliseconds>500</flush_interval_milliseconds></part_log></clickhouse>"
)
_FILL = f"""
INSERT INTO {TABLE} (Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, InputMessages)
SELECT 'default', {{environment:String}}, {{lane:String}}, {{day:Date}}, {{day:Date}},
    lower(hex(MD5(toString(intDiv(number, 10))))), lower(hex(sipHash64(number, {{day:Date}}))),
    concat('[{{"role":"user","parts":[', toString(number), ']}}]')
FROM numbers({{rows:UInt64}})
"""


def run_expiry() -> list[Figure]:
    """Fill a store in a temporary folder, move half of the days, let go what is due, and look at the parts."""
    with tempfile.TemporaryDirectory(prefix="runvault-bench-") as folder:
        config = write_engine_config(Path(folder) / "engine.xml", Path(folder) / "cold")
        config.write_text(config.read_text().replace("</clickhouse>", _LOG))
        store = Store.open(str(Path(folder) / "store"), engine_config=config)
        try:
            apply_migrations(store)
            return _measure(store)
        finally:
            store.close()


def _measure(store: Store) -> list[Figure]:
    first = TODAY - timedelta(days=LIFETIME + DUE_DAYS)
    for number in range(DUE_DAYS + 1):  # the last of these days is still kept
        for environment in ("production", "staging"):
            store.command(
                _FILL,
                {
                    "environment": environment, "lane": POLICY.lane("default", environment),
                    "day": first + timedelta(days=number), "rows": PER_DAY // 2,
                },
            )  # fmt: skip
    store.command(f"OPTIMIZE TABLE {TABLE} FINAL")  # so that no merge of the engine's own is under way
    retention = Retention(store, POLICY, Cold(after_days=LIFETIME + DUE_DAYS // 2), lambda: TODAY)
    cooling, moved = measure_cpu(lambda: list(retention.cool()))
    before, mark = _read_parts(store), _read_log(store)
    planning, plan = measure_cpu(retention.plan)
    expiring, gone = measure_cpu(lambda: list(retention.expire_due()))
    after = _read_parts(store)
    done = _read_log(store)[len(mark) :]
    assert gone == plan
    assert sum(due.rows for due in gone) == DUE_DAYS * PER_DAY
    assert after < before, "a part was rewritten: its name is new"
    written = [row for row in done if row["rows"] and row["event"] != "RemovePart"]
    return [
        Figure("expiry", "partitions moved to the cold volume", len(moved), "partitions"),
        Figure("expiry", "moving, CPU", cooling, "s"),
        Figure("expiry", "looking for what is due, CPU", planning, "s"),
        Figure("expiry", "spans whose payloads went", sum(due.rows for due in gone), "spans"),
        Figure("expiry", "partitions dropped", len(gone), "partitions"),
        Figure("expiry", "letting go, CPU", expiring, "s"),
        Figure("expiry", "parts with rows that were written meanwhile", len(written), "parts", 0),
        Figure("expiry", "rows left", float(_count_rows(store)), "rows"),
    ]


def _read_parts(store: Store) -> set[str]:
    rows = store.query(f"SELECT name FROM system.parts WHERE active AND rows > 0 AND table = '{TABLE}'", tag="bench")
    return {row["name"] for row in rows}


def _read_log(store: Store) -> Sequence[dict[str, Any]]:
    store.command("SYSTEM FLUSH LOGS")
    return store.query(
        f"SELECT toString(event_type) AS event, part_name, rows FROM system.part_log WHERE table = '{TABLE}'"
        " ORDER BY event_time_microseconds, part_name",
        tag="bench",
    )


def _count_rows(store: Store) -> int:
    return int(store.query(f"SELECT count() AS n FROM {TABLE}", tag="bench")[0]["n"])
