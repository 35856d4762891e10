"""Erasure on request: everything of some runs, by lightweight deletes. What is deleted is read by nobody from then on;
its bytes go with the next merge of their part, at the latest with the partition.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schema.statements import read_query, split_ids
from schema.store import Store


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be erased: runs, their traces where nothing else is in them, their spans elsewhere; of a user also
    the sessions, whose log records may not have found a span yet."""

    tenant: str
    runs: list[str]
    traces: list[str]
    spans: list[str]
    """Trace id and span id, one after the other."""
    sessions: list[str]
    records: list[str]
    """Ids of the log records among all that, by which their originals are found."""


# every version of a row must go, or an older one would come to light: so rows are found by key, not by what they say
BY_SPAN = "(TraceId IN {traces:Array(String)} OR concat(TraceId, SpanId) IN {spans:Array(String)})"
BY_RUN = "RunId IN {runs:Array(String)}"
BY_RECORD = (
    f"({BY_SPAN} OR JoinTraceId IN {{traces:Array(String)}}"
    " OR concat(JoinTraceId, JoinSpanId) IN {spans:Array(String)}"
    " OR (TraceId = '' AND JoinSpanId = '' AND SessionId IN {sessions:Array(String)}))"
)
CONDITIONS: dict[str, str] = {
    # before the log records: which of theirs are meant is only known by them
    "sealed_originals": f"({BY_SPAN} OR (RecordId != '' AND RecordId IN {{records:Array(String)}}))",
    "span_payloads": BY_SPAN,
    "span_supplements": BY_RECORD,
    "otel_traces": BY_SPAN,
    "outcomes": BY_RUN,
    "scores": BY_RUN,
    "repricings": BY_RUN,
    "trace_days": (
        "(has(arrayMap(trace -> cityHash64(trace), {traces:Array(String)}), TraceHash)"
        # a trace was a run of its own until something named another
        " OR has(arrayMap(run -> cityHash64('run', run), arrayConcat({runs:Array(String)}, {traces:Array(String)})),"
        " TraceHash))"
    ),
    "runs": f"({BY_RUN} OR hasAny(TraceIds, {{traces:Array(String)}}))",
    # last: until then a run that was cut off in the middle can be found again
    "steps": BY_SPAN,
}
"""Table → which of its rows belong to a target, in the order in which they are deleted. Without subqueries: replicas
each work a delete out for themselves, so the engine refuses what could come out otherwise."""


def find_target(store: Store, tenant: str, environment: str, run_id: str, user: str) -> Target:
    """What belongs to a run, or to all runs that a user had a step in, of one environment if it is named.

    Raises StoreError.
    """
    parameters: dict[str, Any] = {"tenant": tenant, "environment": environment, "run_id": run_id, "user": user}
    rows = store.query(read_query("find_runs_to_erase"), parameters, tag="runvault.erase")
    runs = {row["RunId"] for row in rows}
    mine: dict[str, set[str]] = defaultdict(set)
    shared: set[str] = set()
    for part in split_ids(sorted(runs)):
        spans = store.query(read_query("find_spans_to_erase"), {"tenant": tenant, "runs": part}, tag="runvault.erase")
        for row in spans:
            if row["RunId"] in runs:
                mine[row["TraceId"]].add(row["TraceId"] + row["SpanId"])
            else:
                shared.add(row["TraceId"])
    target = Target(
        tenant,
        sorted(runs),
        sorted(mine.keys() - shared),
        sorted(span for trace in mine.keys() & shared for span in mine[trace]),
        sorted({row["SessionId"] for row in rows if user and row["SessionId"]}),
        [],
    )
    return replace(target, records=_find_records(store, target))


def count_rows(store: Store, target: Target) -> dict[str, int]:
    """Table → rows that would go, versions of one row counted each. Raises StoreError."""
    counts = {}
    for table, condition in CONDITIONS.items():
        sql = f"SELECT count() AS Rows FROM {table} WHERE Tenant = {{tenant:String}} AND {condition}"  # noqa: S608
        rows = [store.query(sql, part, tag="runvault.erase") for part in _split(target)]
        counts[table] = sum(int(row[0]["Rows"]) for row in rows)
    return counts


def erase(store: Store, target: Target) -> None:
    """Delete it everywhere; again does nothing. Raises StoreError."""
    for table, condition in CONDITIONS.items():
        for part in _split(target):
            store.command(
                f"DELETE FROM {store.cluster.altered(table)} WHERE Tenant = {{tenant:String}} AND {condition}",  # noqa: S608 - our own text
                part,
                tag="runvault.erase",
            )


def _find_records(store: Store, target: Target) -> list[str]:
    sql = f"SELECT DISTINCT RecordId FROM span_supplements WHERE Tenant = {{tenant:String}} AND {BY_RECORD}"  # noqa: S608
    rows = [row for part in _split(target) for row in store.query(sql, part, tag="runvault.erase")]
    return sorted({row["RecordId"] for row in rows})


def _split(target: Target) -> Iterator[dict[str, Any]]:
    """The target in parts whose lists fit a parameter."""
    lists: dict[str, Sequence[list[str]]] = {
        name: list(split_ids(getattr(target, name))) for name in ("runs", "traces", "spans", "sessions", "records")
    }
    for number in range(max((len(parts) for parts in lists.values()), default=0)):
        yield {
            "tenant": target.tenant,
            **{name: parts[number] if number < len(parts) else [] for name, parts in lists.items()},
        }
