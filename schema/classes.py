"""Data classes: every table of the store, and whose lifetime it follows. A table that is not listed fails a test.

A class covers all places that hold its data, so a table belongs to the shortest-lived class of what stands in it.
"""

from enum import StrEnum


class DataClass(StrEnum):
    """Kinds of data by how long they are kept, the most telling first."""

    ORIGINALS = "originals"
    PAYLOADS = "payloads"
    STEPS = "steps"
    RUNS = "runs"
    AUDIT = "audit"


OF_OWNERS: dict[str, DataClass] = {
    "sealed_originals": DataClass.ORIGINALS,
    "span_payloads": DataClass.PAYLOADS,
    # facts and texts of log records stand in one row, so the texts decide
    "span_supplements": DataClass.PAYLOADS,
    "otel_traces": DataClass.STEPS,
    "steps": DataClass.STEPS,
    "runs": DataClass.RUNS,
    "outcomes": DataClass.RUNS,
    "scores": DataClass.RUNS,
    "repricings": DataClass.RUNS,
}
"""Tables partitioned by (Day, RetentionClass), each row with Tenant and Environment: they go owner by owner."""

OWNED_BY_MONTH: dict[str, DataClass] = {"audit_entries": DataClass.AUDIT, "break_glass_events": DataClass.AUDIT}
"""Tables partitioned by toYYYYMM(Day): a month goes when the longest lifetime of its class is over for its last day.
Each row has Tenant and Environment, but a chain of entries cannot lose links in the middle."""

BY_MONTH: dict[str, DataClass] = {**OWNED_BY_MONTH, "trace_days": DataClass.RUNS}
"""The same, with tables whose rows tell nothing of anybody: hashes of trace ids and run ids."""

KEPT: frozenset[str] = frozenset({"schema_migrations", "migration_leases", "retention_policies", "health_samples"})
"""Tables about the installation itself; the samples go by themselves (migration 0011)."""

EXPIRING: dict[str, DataClass] = {**OF_OWNERS, **BY_MONTH}


def tables_of(data_class: DataClass) -> list[str]:
    """The tables that follow a class."""
    return [table for table, owner in EXPIRING.items() if owner is data_class]
