"""Price calls anew after a price list changed, without rewriting history blindly (docs/costs.md, "When prices change").

    calls of a period ──▶ what would each cost by today's lists ──▶ told (a dry run), or written:
                          repricings (before → after, for good) ──▶ runs ──▶ steps

In that order, so that it may be cut off anywhere: as long as a step has its old price it is found again, gives the
same numbers, and its repricing the same id.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from collector.known import read_steps
from collector.pricing import PRICED, REPORTED, UNPRICED, Price, PriceBook
from collector.standing import PRICE, PRICED_BY, make_step
from schema.columns import BY_NAME, STEPS
from schema.rollup import read_clock, write_runs
from schema.runs import sum_costs
from schema.statements import read_query, split_ids
from schema.store import Store

PIECE = 20_000
"""Calls priced in one piece, as near as hashing runs comes to it."""
RUNS = 500
"""Runs written at once."""
Row = Mapping[str, Any]
PLACE = ("Tenant", "Environment", "RetentionClass", "Day", "RunId")
"""Whose a run is, and the partition in which it lies."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whose calls, from when (inclusive) to when, in nanoseconds since 1970; of one environment, or of all."""

    tenant: str
    environment: str
    first_ns: int
    last_ns: int


@dataclass(slots=True)
class Change:
    """What becomes of the calls of one model, from one price list to another; costs are of counted calls only."""

    calls: int = 0
    usd_before: Decimal = Decimal(0)
    usd: Decimal = Decimal(0)


@dataclass(slots=True)
class Plan:
    """What changes, by provider, model, and the lists before and after; and the runs that it changes."""

    changes: dict[tuple[str, str, str, str], Change] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)


class Repricer:
    """Prices the calls of a period by the lists at hand."""

    def __init__(self, store: Store, prices: PriceBook) -> None:
        self._store = store
        self._prices = prices

    def count(self, tenant: str, environment: str, times: tuple[int, int]) -> tuple[int, int]:
        """How many calls there are to look at, and in how many parts. Raises StoreError."""
        parameters = asdict(Period(tenant, environment, *times))
        rows = self._store.query(read_query("count_priced_calls"), parameters, tag="runvault.reprice")
        calls = int(rows[0]["Calls"])
        return calls, max(1, -(-calls // PIECE))

    def reprice(
        self, tenant: str, environment: str, times: tuple[int, int], part: int, parts: int, apply: bool
    ) -> dict[str, Any]:
        """What changes in one part of the calls between two times (nanoseconds), as JSON; written if `apply`.

        Raises StoreError.
        """
        period = Period(tenant, environment, *times)
        plan = self.plan(period, part, parts)
        if apply:
            self.apply(period, plan)
            self._store.sync()
        return _describe(plan)

    def plan(self, period: Period, part: int, parts: int) -> Plan:
        """What would change in one piece. Nothing is written. Raises StoreError."""
        plan = Plan()
        parameters = {**asdict(period), "part": part, "parts": parts}
        for call in self._store.query(read_query("priced_calls"), parameters, tag="runvault.reprice"):
            price = self._find_price(call, call["StartedNs"], period.tenant)
            if price is None:
                continue
            before = call["PriceList"] or call["PriceStatus"]
            change = plan.changes.setdefault((call["Provider"], call["Model"], before, price.price_list), Change())
            change.calls += 1
            if call["IsCounted"]:
                change.usd_before += call["ModelCostUsd"]
                change.usd += price.cost_usd
            plan.runs.add(call["RunId"])
        return plan

    def apply(self, period: Period, plan: Plan) -> None:
        """Price the plan's runs anew and write them, as their calls are by now. Raises StoreError."""
        run_ids = sorted(plan.runs)
        for start in range(0, len(run_ids), RUNS):
            with self._store.assembling:
                self._write(period, run_ids[start : start + RUNS])

    def _find_price(self, call: Row, started_ns: int, tenant: str) -> Price | None:
        """The new price where the cost changes; a list that does not know a model any more takes no price away."""
        told = call["InputTokens"] + call["OutputTokens"] > 0
        if call["PriceStatus"] not in (PRICED, UNPRICED) and not (call["PriceStatus"] == REPORTED and told):
            return None
        price = self._prices.price(make_step(call, None), started_ns, tenant)
        same = price.cost_usd == call["ModelCostUsd"] and call["PriceStatus"] == PRICED
        return None if same or price.status != PRICED else price

    def _write(self, period: Period, run_ids: Sequence[str]) -> None:
        at = read_clock(self._store)
        runs = self._find_runs(period.tenant, run_ids)
        traces = sorted({trace for run in runs for trace in run["TraceIds"]})
        everything, gone = read_steps(self._store, period.tenant, traces)
        # a run of which steps have gone stands as it is, for nobody can add it up any more
        whole = [run["RunId"] for run in runs if gone.keys().isdisjoint(run["TraceIds"])]
        before = everything.filter(pc.is_in(everything["RunId"], pa.array(whole, pa.string())))
        after, changed = self._lay_prices(before, period, at)
        if not changed:
            return
        token = f"{period.tenant}-{at}"
        self._store.insert("repricings", _list_repricings(runs, before, after, at), f"repricings-{token}")
        write_runs(self._store, period.tenant, _to_frame(after), at)
        rows = after.take(pa.array(changed)).drop_columns(["AssembledAt"])
        rows = rows.append_column("AssembledAt", pa.array([at] * len(changed), pa.uint64()))
        self._store.insert(STEPS, rows, f"reprice-{token}")
        self._store.note_rewrite()

    def _lay_prices(self, steps: pa.Table, period: Period, at: int) -> tuple[pa.Table, list[int]]:
        """The steps with their new prices, and which rows have one."""
        looked_at = steps.select([*PRICED_BY, *PRICE]).append_column("StartedNs", steps["Timestamp"].cast(pa.int64()))
        rows = looked_at.to_pylist()
        changed = []
        for number, row in enumerate(rows):
            if period.first_ns <= row["StartedNs"] < period.last_ns:
                price = self._find_price(row, row["StartedNs"], period.tenant)
                if price is not None:
                    row |= dict(zip(PRICE, (*price, at), strict=True))
                    changed.append(number)
        for name in PRICE:
            values = pa.array([row[name] for row in rows], BY_NAME[name].arrow)
            steps = steps.set_column(steps.schema.get_field_index(name), name, values)
        return steps, changed

    def _find_runs(self, tenant: str, run_ids: Sequence[str]) -> list[Row]:
        """Whose the runs are, in which partitions they lie, and their traces."""
        return [
            row
            for some in split_ids(run_ids)
            for row in self._store.query(
                "SELECT Tenant, Environment, RetentionClass, Day, RunId, TraceIds FROM runs FINAL"
                " WHERE Tenant = {tenant:String} AND RunId IN {run_ids:Array(String)} AND IsDeleted = 0",
                {"tenant": tenant, "run_ids": some},
                tag="runvault.reprice",
            )
        ]


def _describe(plan: Plan) -> dict[str, Any]:
    names = ("provider", "model", "price_list_before", "price_list")
    changes = [
        {
            **dict(zip(names, key, strict=True)),
            "calls": change.calls,
            "usd_before": change.usd_before,
            "usd": change.usd,
        }
        for key, change in sorted(plan.changes.items())
    ]
    return {
        "runs": len(plan.runs),
        "calls": sum(change.calls for change in plan.changes.values()),
        "usd_before": sum((change.usd_before for change in plan.changes.values()), Decimal(0)),
        "usd": sum((change.usd for change in plan.changes.values()), Decimal(0)),
        "changes": changes,
    }


def _to_frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _list_repricings(runs: Sequence[Row], before: pa.Table, after: pa.Table, at: int) -> pa.Table:
    """Rows of `repricings`: what each run cost before and costs now."""
    old, new = _to_frame(before), _to_frame(after)
    calls = new.group_by("RunId").agg(Calls=(pl.col("RepricedAt") == at).sum().cast(pl.UInt32))
    rows = (
        pl.DataFrame([{name: run[name] for name in PLACE} for run in runs])
        .join(sum_costs(old), on="RunId")
        .join(sum_costs(new), on="RunId", suffix="New")
        .join(calls.filter(pl.col("Calls") > 0), on="RunId")
        .join(old.group_by("RunId").agg(Last=pl.col("RepricedAt").max()), on="RunId")
        .sort("RunId")
    )
    # of the same change, cut off and done again, the same id; `Last` tells a later change back from it
    told = rows.select("Tenant", "RunId", "CostUsd", "CostUsdNew", "PriceLists", "PriceListsNew", "Last").iter_rows()
    ids = [hashlib.sha256(repr(tuple(map(str, row))).encode()).hexdigest()[:32] for row in told]
    return rows.select(
        *PLACE,
        pl.Series("RepricingId", ids),
        pl.lit(at).cast(pl.Datetime("us", "UTC")).alias("At"),
        "Calls",
        pl.col("CostUsd").alias("OldCostUsd"),
        pl.col("CostUsdNew").alias("NewCostUsd"),
        pl.col("PriceLists").alias("OldPriceLists"),
        pl.col("PriceListsNew").alias("NewPriceLists"),
    ).to_arrow()
