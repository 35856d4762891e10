"""Row policies of the embedded engine that bind a guest's statement to its tenant, whatever the statement says.

The engine knows one user, so a policy asks for a setting that only `schema/guests.py` sets, once, before it makes the
session read-only: `log_comment`. While it is empty (all that Runvault asks for itself) every row is seen; else it is a
JSON object that names tenant and environment. A text that is neither names no tenant, and no row is seen.

A policy is applied before any condition of the statement, so that no error or time tells of rows that are not seen.
"""

import xml.etree.ElementTree as ET
from pathlib import Path

from schema.engine import BASE, read_config

DATABASE = "default"
BOUND = (
    "health_samples",
    "otel_traces",
    "outcomes",
    "repricings",
    "runs",
    "scores",
    "span_payloads",
    "span_supplements",
    "steps",
)
"""Tables that a guest may read: its own tenant's rows, and of its environment if it has one."""
VIEWS = (
    "cost_per_outcome",
    "otel_traces_trace_id_ts",
    "runs_current",
    "step_latency",
    "steps_current",
    "supplement_payloads",
)
"""Views over those, bound by what they read."""
CLOSED = (
    "audit_entries",
    "break_glass_events",
    "migration_leases",
    "retention_policies",
    "schema_migrations",
    "sealed_originals",
    "trace_days",
    "trace_days_mv",
)
"""What no guest reads."""
OPEN = frozenset((*BOUND, *VIEWS))

SYSTEM_NAMES = {"tables": "name", "columns": "table"}
"""System tables that tell of tables → their column with the table's name: a guest sees those it may read."""
SYSTEM_CLOSED = ("processes", "query_log", "query_thread_log", "text_log", "parts", "parts_columns", "detached_parts")

_OURS = "getSetting('log_comment') = ''"
_TOLD = "JSONExtractString(getSetting('log_comment'), '{}')"
_TENANT, _ENVIRONMENT = _TOLD.format("tenant"), _TOLD.format("environment")
_ROWS = f"{_OURS} OR (Tenant = {_TENANT} AND ({_ENVIRONMENT} = '' OR Environment = {_ENVIRONMENT}))"


def guest_config(directory: Path) -> Path:
    """Where the configuration with the policies is."""
    return directory / "engine.xml"


def write_guest_config(directory: Path, base: Path | None) -> Path:
    """The engine's configuration with the policies; where it was written. `base` is one to be kept with it
    (`schema/volumes.py`). Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    users, config = directory / "users.xml", guest_config(directory)
    users.write_text(_build_users(), "utf-8")
    root = read_config(base or BASE)
    ET.SubElement(root, "users_config").text = str(users.resolve())
    ET.SubElement(root, "display_name").text = "runvault"  # drivers ask for it; else it is the machine's name
    config.write_text(ET.tostring(root, "unicode"), "utf-8")
    return config


def _build_users() -> str:
    """The engine's users: its only one, with a policy for each table."""
    root = ET.Element("clickhouse")
    for name in ("profiles", "quotas"):
        ET.SubElement(ET.SubElement(root, name), "default")
    user = ET.SubElement(ET.SubElement(root, "users"), "default")
    ET.SubElement(user, "password")
    ET.SubElement(ET.SubElement(user, "networks"), "ip").text = "::/0"
    ET.SubElement(user, "profile").text = "default"
    ET.SubElement(user, "quota").text = "default"
    databases = ET.SubElement(user, "databases")
    own, system = ET.SubElement(databases, DATABASE), ET.SubElement(databases, "system")
    for table in BOUND:
        _add_filter(own, table, _ROWS)
    for table in CLOSED:
        _add_filter(own, table, _OURS)
    shown = ", ".join(f"'{name}'" for name in sorted(OPEN))
    for table, column in SYSTEM_NAMES.items():
        _add_filter(system, table, f"{_OURS} OR (database = '{DATABASE}' AND {column} IN ({shown}))")
    _add_filter(system, "databases", f"{_OURS} OR name = '{DATABASE}'")
    for table in SYSTEM_CLOSED:
        _add_filter(system, table, _OURS)
    return ET.tostring(root, "unicode")


def _add_filter(parent: ET.Element, table: str, condition: str) -> None:
    ET.SubElement(ET.SubElement(parent, table), "filter").text = condition
