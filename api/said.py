"""What log records add to a run as its spans tell it, and which runs go on where another stood still."""

from collections.abc import Mapping, Sequence

from api.causal import SpanKey
from api.queries.builder import build_links_query
from api.queries.reader import Row, TenantReader

CONTENTS = ("InputMessages", "OutputMessages", "SystemInstructions", "ToolArguments", "ToolResult")


def lay_records(payloads: Mapping[SpanKey, Row], records: Mapping[SpanKey, Row]) -> dict[SpanKey, Row]:
    """Payloads with what records say where the span itself says nothing."""
    laid = dict(payloads)
    for key, record in records.items():
        own = laid.get(key, {})
        laid[key] = {**own, **{name: own.get(name) or record[name] for name in CONTENTS}}
    return laid


def add_links(reader: TenantReader, runs: Sequence[Row]) -> None:
    """Say of each run which one it continues and which continues it; nothing where its session has no other."""
    sessions = sorted({run["SessionId"] for run in runs if run["SessionId"]})
    if not sessions:
        return
    links = {row["RunId"]: row for row in reader.read_rows(build_links_query(sessions))}
    for run in runs:
        link = links.get(run["RunId"])
        if link is not None:
            run["Continues"], run["ContinuedBy"] = link["Continues"], link["ContinuedBy"]
