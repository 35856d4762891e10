"""Bring `steps` and `runs` up to date after spans arrived: read what is known of their traces, assemble, write back
what changed."""

import time
from collections.abc import Mapping, Sequence

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from collector.assemble import assemble_steps
from collector.pricing import PriceBook
from collector.supplements import OVERLAID, fold_supplements
from schema.columns import BY_NAME, STEPS, columns_of
from schema.rollup import refresh_runs
from schema.store import Store

RESOLVED = (
    "RunId", "Agent", "Workflow", "Version", "Depth", "IsOrphan", "IsCall", "IsCounted", "IsRetry", "IsFailure",
    OVERLAID,
)  # fmt: skip
# Carried as they came: Polars need not understand maps and lists to put spans into their trace.
CARRIED = ("SideEffects", "Scores.Name", "Scores.Value", "Scores.Label", "Scores.Explanation", "RedactionFindings")
FACTS = [name for name in columns_of(STEPS) if name not in CARRIED]
RUNS_AT_ONCE = 500


def update_traces(
    store: Store,
    arrived: pa.Table,
    token: str,
    touched: Mapping[str, Sequence[str]] | None = None,
    prices: PriceBook | None = None,
) -> None:
    """Assemble every trace that `arrived` (the steps' columns of a batch) touches, by tenant, and those of `touched`
    (tenant → traces), of which log records came. Raises StoreError."""
    touched = touched or {}
    prices = prices or PriceBook()
    for tenant in sorted({*pc.unique(arrived["Tenant"]).to_pylist(), *touched}):
        mine = arrived.filter(pc.equal(arrived["Tenant"], tenant))
        _update_tenant(store, tenant, mine, f"{token}-{tenant}", touched.get(tenant, ()), prices)


def _update_tenant(
    store: Store, tenant: str, arrived: pa.Table, token: str, touched: Sequence[str], prices: PriceBook
) -> None:
    assembled_at = time.time_ns() // 1000
    arrived = arrived.append_column(OVERLAID, pa.array([""] * arrived.num_rows, pa.string()))
    known = _read_known(store, tenant, arrived, touched)
    everything = pa.concat_tables([arrived, known.select(arrived.column_names).cast(arrived.schema)])
    everything = _keep_newest(everything, arrived.num_rows)
    everything = fold_supplements(store, tenant, everything, prices)
    steps = assemble_steps(pl.from_arrow(everything.select([*FACTS, OVERLAID])))  # type: ignore[arg-type]
    changed = _find_changed(steps, known, arrived)
    resolved = steps.select(RESOLVED).to_arrow()
    table = everything.drop_columns([OVERLAID])
    for name in RESOLVED:
        table = table.append_column(name, resolved[name])
    table = table.append_column("AssembledAt", pa.array([assembled_at] * len(table), pa.uint64()))
    store.insert(STEPS, table.filter(changed), f"{token}-{assembled_at}")
    runs = steps.select("RunId", "TraceId").unique()
    run_ids = runs["RunId"].unique(maintain_order=False).sort().to_list()
    for start in range(0, len(run_ids), RUNS_AT_ONCE):
        chosen = run_ids[start : start + RUNS_AT_ONCE]
        traces = runs.filter(pl.col("RunId").is_in(chosen))["TraceId"].unique().sort().to_list()
        refresh_runs(store, tenant, chosen, traces)


def _read_known(store: Store, tenant: str, arrived: pa.Table, touched: Sequence[str]) -> pa.Table:
    """Steps already stored of the traces that arrived, and of the other traces of their explicitly named runs."""
    trace_ids = sorted({*pc.unique(arrived["TraceId"]).to_pylist(), *touched})
    named = [run_id for run_id in pc.unique(arrived["OwnRunId"]).to_pylist() if run_id]
    columns = ", ".join(f"`{name}`" for name in (*columns_of(STEPS), *RESOLVED))
    known = _read_steps(store, columns, tenant, trace_ids)
    named += [run_id for run_id in pc.unique(known["OwnRunId"]).to_pylist() if run_id]
    others = _find_other_traces(store, tenant, named, trace_ids) if named else []
    if others:
        known = pa.concat_tables([known, _read_steps(store, columns, tenant, others)])
    return known


def _read_steps(store: Store, columns: str, tenant: str, trace_ids: Sequence[str]) -> pa.Table:
    return store.query_arrow(
        f"SELECT {columns} FROM steps FINAL"  # noqa: S608 - our own column names
        " WHERE Tenant = {tenant:String} AND TraceId IN {trace_ids:Array(String)}",
        {"tenant": tenant, "trace_ids": list(trace_ids)},
        tag="runvault.assemble",
    )


def _find_other_traces(store: Store, tenant: str, run_ids: list[str], known: Sequence[str]) -> list[str]:
    rows = store.query(
        "SELECT DISTINCT arrayJoin(TraceIds) AS TraceId FROM runs FINAL"
        " WHERE Tenant = {tenant:String} AND RunId IN {run_ids:Array(String)} AND TraceId NOT IN {known:Array(String)}",
        {"tenant": tenant, "run_ids": run_ids, "known": list(known)},
        tag="runvault.assemble",
    )
    return [row["TraceId"] for row in rows]


def _keep_newest(everything: pa.Table, arrived: int) -> pa.Table:
    """One row per span: what arrived last stands, but a span keeps the time at which it was first received."""
    frame = pl.from_arrow(everything.select(["TraceId", "SpanId", "ReceivedAt"]))
    assert isinstance(frame, pl.DataFrame)
    frame = frame.with_row_index("row").with_columns(
        first=pl.col("ReceivedAt").min().over("TraceId", "SpanId"), known=pl.col("row") >= arrived
    )
    # arrived rows come first, and among them the last of a span wins
    chosen = frame.sort("known", "row", descending=[False, True]).unique(
        ["TraceId", "SpanId"], keep="first", maintain_order=True
    )
    chosen = chosen.sort("row")
    table = everything.take(chosen["row"].to_arrow())
    first = chosen["first"].to_arrow().cast(BY_NAME["ReceivedAt"].arrow)
    return table.set_column(table.schema.get_field_index("ReceivedAt"), "ReceivedAt", first)


def _find_changed(steps: pl.DataFrame, known: pa.Table, arrived: pa.Table) -> pa.Array:
    """Which rows must be written: those that arrived now, and those that are resolved otherwise than before."""
    fresh = pl.from_arrow(arrived.select(["TraceId", "SpanId"]).combine_chunks())
    before = pl.from_arrow(known.select(["TraceId", "SpanId", *RESOLVED]))
    assert isinstance(fresh, pl.DataFrame)
    assert isinstance(before, pl.DataFrame)
    keys = ["TraceId", "SpanId"]
    marked = (
        steps.select(*keys, *RESOLVED)
        .join(fresh.unique().with_columns(isFresh=True), on=keys, how="left", maintain_order="left")
        .join(before.unique(keys), on=keys, how="left", suffix="Before", maintain_order="left")
    )
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}Before")) for name in RESOLVED)
    return marked.select(changed=pl.col("isFresh").fill_null(False) | ~same)["changed"].to_arrow()
