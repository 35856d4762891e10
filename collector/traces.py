"""Bring `steps` and `runs` up to date after spans arrived: assemble them with what is known of their traces, write back
what changed."""

from collections.abc import Mapping

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from collector.ages import Ages
from collector.agreement import VERSION, Written
from collector.assemble import assemble_steps
from collector.closing import find_closed_runs, find_settled, leave_settled
from collector.gather import Known
from collector.known import RESOLVED_NAMES
from collector.memory import Memory
from collector.pricing import PriceBook
from collector.standing import keep_prices
from collector.supplements import OVERLAID, fold_supplements
from schema.columns import BY_NAME, STEPS, columns_of
from schema.rollup import read_clock, retire_runs, write_runs
from schema.runs import RUN_DAY
from schema.store import Store

# Carried as they came: Polars need not understand maps and lists to put spans into their trace.
CARRIED = ("SideEffects", "Scores.Name", "Scores.Value", "Scores.Label", "Scores.Explanation", "RedactionFindings")
LAID = ["RepricedAt", OVERLAID]
"""What was laid over a step's facts since it came."""
FACTS = [name for name in columns_of(STEPS) if name not in CARRIED]


def update_traces(
    store: Store,
    memory: Memory,
    arrived: pa.Table,
    known: Mapping[str, Known],
    token: str,
    prices: PriceBook | None = None,
    ages: Ages | None = None,
    again: bool = False,
) -> dict[str, Written]:
    """Assemble every trace that `arrived` (the steps' columns of a batch) touches, with what is known of them by tenant
    (`gather_known`). The caller has held `Store.assembling` since that was read. `again` says that another loader may
    have written rows of their runs. Tenant → what was written. Raises StoreError."""
    prices = prices or PriceBook()
    ages = ages or Ages()
    written = {}
    for tenant, gathered in known.items():
        mine = arrived.filter(pc.equal(arrived["Tenant"], tenant)) if len(known) > 1 else arrived
        done = _update_tenant(store, memory, tenant, mine, gathered, f"{token}-{tenant}", prices, ages, again)
        if done is not None:
            written[tenant] = done
    return written


def _update_tenant(
    store: Store, memory: Memory, tenant: str, arrived: pa.Table, gathered: Known, token: str, prices: PriceBook,
    ages: Ages, again: bool,
) -> Written | None:  # fmt: skip
    started_at = read_clock(store, pc.max(gathered.steps["AssembledAt"]).as_py() or 0)
    for name in LAID:
        column = BY_NAME[name]
        arrived = arrived.append_column(name, pa.array([column.empty] * arrived.num_rows, column.arrow))
    known, gone = gathered.steps, gathered.gone
    arrived = leave_settled(arrived, known, ages)
    everything = _keep_newest(
        pa.concat_tables([arrived, known.select(arrived.column_names).cast(arrived.schema)]), arrived.num_rows
    )
    if not everything.num_rows:  # log records came before the spans that they tell of
        return None
    everything, records = fold_supplements(store, tenant, everything, prices, find_settled(everything, ages))
    everything = keep_prices(everything, known)
    steps = assemble_steps(pl.from_arrow(everything.select([*FACTS, *LAID])))  # type: ignore[arg-type]  # a table gives a frame
    resolved = steps.select(RESOLVED_NAMES).to_arrow()
    table = everything.drop_columns(LAID)
    for name in RESOLVED_NAMES:
        table = table.append_column(pa.field(name, BY_NAME[name].arrow), resolved[name].cast(BY_NAME[name].arrow))
    changed, versions = _find_changed(steps, known, arrived, started_at)
    table = table.append_column("AssembledAt", versions)
    if pc.any(changed).as_py():
        store.insert(STEPS, table.filter(changed), f"{token}-{started_at}")
    memory.keep(tenant, table, but=gone)
    closed = find_closed_runs(store, tenant, gone, arrived)
    whole = steps.with_columns(pl.from_arrow(everything.select(["SideEffects", "RedactionFindings"])))
    write_runs(store, tenant, whole.filter(~pl.col("RunId").is_in(closed)), started_at)
    run_ids = _list_unique(steps, "RunId")
    if again or _is_moved(steps, known):
        retire_runs(store, tenant, run_ids, _list_unique(steps, "TraceId"), started_at, closed)
    standing = [run_id for run_id in run_ids if run_id not in closed]
    return Written(table.select(VERSION), records, standing, started_at)


def _list_unique(steps: pl.DataFrame, column: str) -> list[str]:
    return steps[column].unique().sort().to_list()


def _is_moved(steps: pl.DataFrame, known: pa.Table) -> bool:
    """Whether a row of `runs` is out of date in its key: a step changed its run, a run now begins on another day, or
    its steps are of several retention classes, so that it may lie in another partition than before."""
    if not known.num_rows:
        return False
    before = pl.from_arrow(known.select(["TraceId", "SpanId", "RunId", "Timestamp", "ClockSkewed"]))
    assert isinstance(before, pl.DataFrame)
    both = before.join(steps.select("TraceId", "SpanId", NewRunId="RunId"), on=["TraceId", "SpanId"], how="left")
    if both.select((pl.col("RunId") != pl.col("NewRunId")).any()).item():
        return True
    runs = steps.group_by("RunId").agg(pl.col("RetentionClass").n_unique(), NewDay=RUN_DAY)
    days = before.group_by("RunId").agg(Day=RUN_DAY).join(runs, on="RunId")
    return bool(days.select(((pl.col("Day") != pl.col("NewDay")) | (pl.col("RetentionClass") > 1)).any()).item())


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


def _find_changed(
    steps: pl.DataFrame, known: pa.Table, arrived: pa.Table, started_at: int
) -> tuple[pa.Array, pa.Array]:
    """Which rows must be written: those that arrived now, and those that are resolved otherwise than before. And the
    version that each row has then: `started_at`, or the one that is known."""
    fresh = pl.from_arrow(arrived.select(["TraceId", "SpanId"]).combine_chunks())
    before = pl.from_arrow(known.select(["TraceId", "SpanId", *RESOLVED_NAMES, "AssembledAt"]))
    assert isinstance(fresh, pl.DataFrame)
    assert isinstance(before, pl.DataFrame)
    keys = ["TraceId", "SpanId"]
    marked = (
        steps.select(*keys, *RESOLVED_NAMES)
        .join(fresh.unique().with_columns(isFresh=True), on=keys, how="left", maintain_order="left")
        .join(before.unique(keys), on=keys, how="left", suffix="Before", maintain_order="left")
    )
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}Before")) for name in RESOLVED_NAMES)
    marked = marked.with_columns(changed=pl.col("isFresh").fill_null(False) | ~same)
    version = pl.when("changed").then(pl.lit(started_at, pl.UInt64)).otherwise("AssembledAt")
    return marked["changed"].to_arrow(), marked.select(version=version)["version"].to_arrow()
