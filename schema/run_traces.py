"""In which traces the steps of some runs are, and in which days."""

from collections.abc import Sequence
from datetime import date

from schema.statements import read_query, split_ids
from schema.store import Store

_OF_ROWS = (
    "SELECT DISTINCT arrayJoin(TraceIds) AS TraceId FROM runs FINAL"
    " WHERE Tenant = {tenant:String} AND RunId IN {run_ids:Array(String)} AND Day IN {days:Array(Date)}"
)
_OF_STEPS = (
    "SELECT DISTINCT TraceId FROM steps"
    " WHERE Tenant = {tenant:String} AND RunId IN {run_ids:Array(String)} AND Day IN {days:Array(Date)}"
)


def find_traces(store: Store, tenant: str, run_ids: Sequence[str]) -> set[str]:
    """The traces of some runs, those whose steps have gone included. A run may have the name of a trace, which need not
    say it of itself. Raises StoreError."""
    # on a server, the row of a run may be another process's, which did not know of all steps yet
    questions = (_OF_ROWS, _OF_STEPS) if store.served else (_OF_ROWS,)
    traces: set[str] = set()
    for part in split_ids(run_ids):
        days = find_days(store, tenant, part)
        for question in questions if days else ():
            parameters = {"tenant": tenant, "run_ids": part, "days": days}
            rows = store.query(question, parameters, tag="runvault.traces")
            traces.update(row["TraceId"] for row in rows)
    return traces


def find_days(store: Store, tenant: str, run_ids: Sequence[str]) -> list[date]:
    """In which days some runs may lie; not for more runs than `split_ids` gives. Raises StoreError."""
    parameters = {"tenant": tenant, "run_ids": run_ids}
    found = store.query(read_query("find_days_of_runs"), parameters, tag="runvault.traces")
    return sorted(row["Day"] for row in found)
