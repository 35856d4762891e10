"""What is held, how old it is, and that nothing older than allowed is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.answers import Json
from api.queries.reader import Row, TenantReader
from api.queries.sql import Query, fill_template
from api.services import FileCounts
from schema.classes import OF_OWNERS, OWNED_BY_MONTH, DataClass
from schema.cluster import Cluster
from schema.expiry import Due
from schema.lifetimes import ANY, NEVER, Horizon, RetentionPolicy, read_age_day
from schema.partitions import end_of_month
from schema.retention import Retention


@dataclass(slots=True)
class Held:
    """What lies in the tables of one class, of one environment."""

    rows: int = 0
    bytes: int = 0
    cold_bytes: int = 0
    oldest: date | None = None
    overdue: int = 0


def build_holdings_query(table: str, cluster: Cluster) -> Query:
    """Rows and bytes of a table by environment and partition."""
    return Query("retention", fill_template("holdings", **_name_places(table, cluster)))


def build_monthly_query(table: str, cluster: Cluster) -> Query:
    """The same of a table that goes month by month."""
    return Query("retention", fill_template("holdings_by_month", **_name_places(table, cluster)))


def read_holdings(reader: TenantReader, retention: Retention, files: FileCounts | None) -> Json:
    """The answer of `GET /v1/retention`: the tenant's rows by environment and class, and the journal's files.

    Raises StoreError.
    """
    in_force = retention.read_in_force(True)
    horizon, today = retention.read_horizon(), retention.today
    held: dict[tuple[str, DataClass], Held] = {}
    for table, data_class in OF_OWNERS.items():
        for row in reader.read_rows(build_holdings_query(table, retention.cluster)):
            first_day = horizon.first_day(reader.tenant, row["Environment"], data_class, today)
            age_day = read_age_day(row["Day"], row["RetentionClass"], row["Written"])
            _add(held.setdefault((row["Environment"], data_class), Held()), row, age_day, age_day < first_day)
    for table, data_class in OWNED_BY_MONTH.items():
        for row in reader.read_rows(build_monthly_query(table, retention.cluster)):
            overdue = end_of_month(row["Day"]) < horizon.last_kept(data_class, today)
            _add(held.setdefault((row["Environment"], data_class), Held()), row, row["Day"], overdue)
    environments = {environment for environment, _ in held} | _name_environments(retention.policy, reader.tenant)
    items = [
        _describe(reader.tenant, environment, data_class, held.get((environment, data_class), Held()), retention)
        for environment in sorted(environments)
        for data_class in DataClass
    ]
    places = [_describe_files(place) for place in files.summarise()] if files is not None else []
    overdue = sum(item["overdue_rows"] for item in items) + sum(place["overdue_files"] for place in places)
    return {
        "items": items,
        "next_cursor": None,
        "files": places,
        "policy": {
            "in_force_since": in_force.since.isoformat().replace("+00:00", "Z"),
            "applied_by": in_force.by,
            "pending": retention.is_pending(),
        },
        "as_of": today.isoformat(),
        "holds": overdue == 0,
    }


def describe_due(due: Due) -> Json:
    """One thing that goes."""
    return {
        "class": due.data_class,
        "table": due.partition.table,
        "day": _format_day(due.partition.age_day),
        "rows": due.rows,
        "bytes": due.bytes,
        "whole_partition": due.is_whole,
    }


def sum_due(items: list[Json]) -> Json:
    """Rows and bytes of everything that goes."""
    return {"partitions": len(items), "rows": _sum(items, "rows"), "bytes": _sum(items, "bytes")}


def _name_places(table: str, cluster: Cluster) -> dict[str, str]:
    return {"table": table, "rows": cluster.rows_of(table), "parts": cluster.everywhere("system.parts")}


def _sum(items: list[Json], name: str) -> int:
    return sum(item[name] for item in items)


def _add(place: Held, row: Row, age_day: date, overdue: bool) -> None:
    place.rows += int(row["Rows"])
    place.bytes += int(row["Bytes"])
    place.cold_bytes += int(row["ColdBytes"])
    place.oldest = age_day if place.oldest is None else min(place.oldest, age_day)
    place.overdue += int(row["Rows"]) if overdue else 0


def _name_environments(policy: RetentionPolicy, tenant: str) -> set[str]:
    return {environment for owner, environment in policy.rules if owner in (tenant, ANY) and environment != ANY}


def _describe(tenant: str, environment: str, data_class: DataClass, held: Held, retention: Retention) -> Json:
    in_force = retention.read_in_force().policy
    horizon = Horizon((in_force, retention.policy))
    return {
        "environment": environment,
        "class": data_class,
        "mode": retention.policy.mode(tenant, environment),
        "lifetime_days": max(policy.days(tenant, environment, data_class) for policy in horizon.policies),
        "configured_days": retention.policy.days(tenant, environment, data_class),
        "kept_since": horizon.first_day(tenant, environment, data_class, retention.today).isoformat(),
        "oldest_day": _format_day(held.oldest),
        "rows": held.rows,
        "bytes": held.bytes,
        "cold_bytes": held.cold_bytes,
        "overdue_rows": held.overdue,
    }


def _describe_files(place: Mapping[str, Any]) -> Json:
    oldest = place["oldest"]
    return {**place, "oldest": None if oldest is None else oldest.isoformat().replace("+00:00", "Z")}


def _format_day(day: date | None) -> str | None:
    return None if day is None or day == NEVER else day.isoformat()
