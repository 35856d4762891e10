"""The slow, obvious twin of the analytics answers about all kinds of steps: redaction, and models without a price."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from tests.api.rows import Row

Json = dict[str, Any]


def redaction(steps: list[Row]) -> Json:
    """What was replaced in some steps."""
    found = pl.DataFrame(
        [pair for row in steps for pair in row.get("RedactionFindings", [])],
        schema={"Entity": pl.String, "Count": pl.Int64}, orient="row",
    )  # fmt: skip
    versions = pl.Series([row.get("PolicyVersion", "") for row in steps])
    last = max(steps, key=lambda row: row["Timestamp"], default={})
    return {
        "spans": len(steps),
        "bytes": sum(row.get("RedactionBytes", 0) for row in steps),
        "found": found["Count"].sum(),
        "failed_closed": sum(row.get("RedactionFailed", 0) for row in steps),
        "findings": dict(found.group_by("Entity").sum().iter_rows()),
        "policy_version": last.get("PolicyVersion"),
        "policy_versions": dict(versions.value_counts().iter_rows()),
    }


def unpriced(steps: list[Row]) -> list[Json]:
    """Models without a price, the largest first."""
    counted = [row for row in steps if row["IsCounted"] and row.get("PriceStatus") == "unpriced"]
    found = []
    for provider, model in {(row["Provider"], row["Model"]) for row in counted}:
        some = [row for row in counted if (row["Provider"], row["Model"]) == (provider, model)]
        tokens = {"input": sum(row["InputTokens"] for row in some), "output": sum(row["OutputTokens"] for row in some)}
        times = sorted(row["Timestamp"] for row in some)
        found.append(
            {
                "provider": provider,
                "model": model,
                "spans": len(some),
                "runs": len({row["RunId"] for row in some}),
                "tokens": tokens,
                "first_seen_at": format_moment(times[0]),
                "last_seen_at": format_moment(times[-1]),
            }
        )
    return sorted(found, key=lambda item: (-sum(item["tokens"].values()), item["model"]))


def format_moment(nanos: int) -> str:
    """RFC 3339, microseconds."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanos // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
