"""One row of `runs` from the steps of a run: the one definition of every number of a run record.

Columns in, columns out (Polars). The same steps and outcomes give the same row, in whatever order they are given.
In SQL this was one statement of the engine, and planning it cost 45 ms each time, however few the steps.
"""

from datetime import date

import numpy as np
import polars as pl
import pyarrow as pa

from schema.budgets import LIMITS, add_breaches

LATE = pl.duration(minutes=10)
"""A span is late when it was received so long after the run's root."""

MODEL = pl.col("StepType") == "model_call"
TOOL = pl.col("StepType") == "tool_call"
EMBEDDING = pl.col("StepType") == "embedding"
APPROVAL = pl.col("StepType") == "approval"
SEARCH = pl.col("StepType").is_in(["embedding", "rerank"])
"""Counted apart; every other counted step is a model call, or a sum where nobody tells of the calls."""
ASKED = (pl.col("ApprovalRequired") != "") | (pl.col("ApprovalApproved") != "")
CALL = pl.col("IsCall") == 1
COUNTED = pl.col("IsCounted") == 1
FAILED = pl.col("HasFailed") == 1
ROOT = pl.col("ParentSpanId") == ""
BELIEVABLE = pl.col("ClockSkewed") == 0
RUN_DAY = pl.col("Timestamp").filter(BELIEVABLE).min().dt.date().fill_null(date(1970, 1, 1))
"""The day that a run lies in, of its steps: that of its start. `trace_days_mv` writes down each one that it may be."""

FIRST_WORDS = (
    "Environment", "SessionId", "UserId", "CustomerId", "ServiceName", "Agent", "AgentId", "AgentVersion", "Workflow",
    "Version", "PromptVersion",
)  # fmt: skip
TOKENS = ("InputTokens", "OutputTokens", "CacheReadTokens", "CacheWriteTokens", "ReasoningTokens")


def roll_up(steps: pl.DataFrame, said: pl.DataFrame, refreshed_at: int) -> pa.Table:
    """Rows of `runs`, one per Tenant and RunId of `steps`, which must hold all steps of those runs.

    `said` is the answer of `latest_outcomes.sql`; `refreshed_at` (µs) makes this row the one that stands.
    """
    ordered = steps.with_columns(End=pl.col("Timestamp") + pl.duration(nanoseconds=pl.col("Duration").cast(pl.Int64)))
    ordered = ordered.sort("Depth", "Timestamp", "SpanId")
    runs = ordered.group_by("Tenant", "RunId").agg(
        *_list_names(), *_list_times(), *_list_counts(), *_list_money(), *_list_evidence()
    )
    runs = _add_outcomes(runs, ordered, said)
    runs = runs.with_columns(
        DurationMs=((pl.col("EndedAt") - pl.col("StartedAt")).dt.total_nanoseconds().clip(0) / 1e6),
        CostUsd=pl.col("ModelCostUsd") + pl.col("ToolCostUsd") + pl.col("ReviewCostUsd"),
        RefreshedAt=pl.lit(refreshed_at, pl.UInt64),
        IsDeleted=pl.lit(0, pl.UInt8),
    )
    runs = add_breaches(runs, ordered, USED).drop("Believable", "HasRoot")
    return runs.to_arrow().append_column("Findings", _sum_findings(steps, runs))


def sum_costs(steps: pl.DataFrame) -> pl.DataFrame:
    """RunId, CostUsd and PriceLists of runs from all of their steps, as `roll_up` has them."""
    return steps.group_by("RunId").agg(CostUsd=USED["usd"].sum(), PriceLists=_distinct("PriceList", COUNTED))


def _first(column: str) -> pl.Expr:
    return pl.col(column).filter(pl.col(column) != "").first().fill_null("")


def _distinct(column: str, condition: pl.Expr) -> pl.Expr:
    return pl.col(column).filter(condition & (pl.col(column) != "")).unique().sort()


def _list_names() -> list[pl.Expr]:
    return [
        *(_first(column).alias(column) for column in FIRST_WORDS),
        # the run lies with the first of its steps whose clock can be believed, as its day is worked out from them
        pl.coalesce(pl.col("RetentionClass").filter(BELIEVABLE).first(), pl.col("RetentionClass").first()).alias(
            "RetentionClass"
        ),
        pl.col("TraceId").unique().sort().alias("TraceIds"),
        pl.col("Day").unique().sort().alias("Days"),
        _distinct("Model", COUNTED).alias("Models"),
        _distinct("ToolName", TOOL).alias("Tools"),
        _distinct("PriceList", COUNTED).alias("PriceLists"),
        _distinct("Model", COUNTED & (pl.col("PriceStatus") == "unpriced")).alias("UnpricedModels"),
        pl.col("SideEffects").explode().drop_nulls().unique().sort(),
    ]


def _list_times() -> list[pl.Expr]:
    believable = BELIEVABLE.any()
    return [
        believable.alias("Believable"),
        RUN_DAY.alias("Day"),
        pl.when(believable)
        .then(pl.col("Timestamp").filter(BELIEVABLE).min())
        .otherwise(pl.col("Timestamp").min())
        .alias("StartedAt"),
        pl.when(believable)
        .then(pl.col("End").filter(BELIEVABLE).max())
        .otherwise(pl.col("Timestamp").max())
        .alias("EndedAt"),
    ]


def _list_counts() -> list[pl.Expr]:
    return [
        pl.len().alias("Steps"),
        (MODEL & CALL).sum().alias("ModelCalls"),
        (MODEL & CALL & FAILED).sum().alias("FailedModelCalls"),
        (TOOL & CALL).sum().alias("ToolCalls"),
        (TOOL & CALL & FAILED).sum().alias("FailedToolCalls"),
        (pl.col("IsRetry") == 1).sum().alias("Retries"),
        (pl.col("IsFailure") == 1).sum().alias("Errors"),
        (APPROVAL & CALL).sum().alias("Approvals"),
        (pl.col("Duration").filter(APPROVAL & CALL).sum() / 1e6).alias("ApprovalWaitMs"),
        (pl.col("PolicyDecision") == "deny").sum().alias("PolicyViolations"),
        *(pl.col(column).filter(COUNTED & ~SEARCH).sum().alias(column) for column in TOKENS),
        (EMBEDDING & CALL).sum().alias("EmbeddingCalls"),
        pl.col("InputTokens").filter(COUNTED & EMBEDDING).sum().alias("EmbeddingTokens"),
    ]


WIDE = pl.Decimal(38, 12)
MONEY = {
    "ModelCostUsd": pl.when(COUNTED).then(pl.col("ModelCostUsd").cast(WIDE)).otherwise(pl.lit(0, WIDE)),
    "ToolCostUsd": pl.when(CALL).then(pl.col("ToolCostUsd").cast(WIDE)).otherwise(pl.lit(0, WIDE)),
    "ReviewCostUsd": pl.col("ReviewCostUsd").cast(WIDE),
}
"""What one step adds to each cost of its run."""
USED = {
    "usd": MONEY["ModelCostUsd"] + MONEY["ToolCostUsd"] + MONEY["ReviewCostUsd"],
    "steps": pl.col("SpanId").is_not_null().cast(pl.Int64),
    "tool_calls": (TOOL & CALL).cast(pl.Int64),
    "tokens": pl.when(COUNTED & ~SEARCH).then(pl.col("InputTokens") + pl.col("OutputTokens")).otherwise(0),
}
"""What one step uses of each limit of its run's budget."""


def _list_money() -> list[pl.Expr]:
    return [
        *(cost.sum().alias(column) for column, cost in MONEY.items()),
        *(pl.col(column).drop_nulls().first().alias(column) for column in LIMITS.values()),
        pl.col("RepricedAt").max(),
    ]


def _list_evidence() -> list[pl.Expr]:
    root_received = pl.col("ReceivedAt").filter(ROOT).min()
    return [
        pl.col("StatusCode").first().alias("RootStatus"),
        ROOT.any().alias("HasRoot"),
        ROOT.any().cast(pl.UInt8).alias("RootSeen"),
        (pl.col("IsOrphan") == 1).sum().alias("OrphanSpans"),
        (pl.col("ReceivedAt") > root_received + LATE).sum().alias("LateSpans"),
        pl.col("RedactionFailed").sum().alias("FailedClosed"),
        pl.col("PolicyVersion").max().alias("PolicyVersion"),
        _find_pause().alias("Paused"),
    ]


def _latest(column: str, condition: pl.Expr) -> pl.Expr:
    """Of the last step for which the condition holds."""
    order = (pl.col("Timestamp").filter(condition), pl.col("SpanId").filter(condition))
    return pl.col(column).filter(condition).sort_by(*order).last()


def _find_pause() -> pl.Expr:
    """Why the run stands still: its last word was a question to a person, or its last model call asked for a tool
    that was not called (an interrupt may leave no other mark: docs/dialects.md)."""
    approval = (_latest("ApprovalRequired", ASKED) == "true") & (_latest("ApprovalApproved", ASKED) == "")
    asked = _latest("FinishReason", MODEL & CALL) == "tool_call"
    called = pl.col("Timestamp").filter(TOOL & CALL).max() >= pl.col("Timestamp").filter(MODEL & CALL).max()
    tool = asked & ~called.fill_null(False)
    return (
        pl.when(approval.fill_null(False)).then(pl.lit("approval")).when(tool.fill_null(False))
        .then(pl.lit("tool")).otherwise(pl.lit(""))
    )  # fmt: skip


def _add_outcomes(runs: pl.DataFrame, ordered: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """The latest word stands: what was said afterwards, else what the agent claimed. Success is never inferred."""
    claims = ordered.filter(pl.col("OutcomeStatus") != "").sort("End", "SpanId")
    claims = claims.group_by("RunId").agg(
        ClaimedStatus=pl.col("OutcomeStatus").last(),
        ClaimedReason=pl.col("OutcomeReason").last(),
        ClaimedAt=pl.col("End").last().cast(pl.Datetime("us", "UTC")),
    )
    joined = runs.join(claims, on="RunId", how="left").join(said, on="RunId", how="left")
    later = pl.col("SaidStatus").is_not_null() & (
        pl.col("ClaimedStatus").is_null() | (pl.col("SaidAt") >= pl.col("ClaimedAt"))
    )
    claimed = pl.col("ClaimedStatus").is_not_null()
    inferred = pl.col("HasRoot") & (pl.col("RootStatus") == "Error")

    def choose(said_value: pl.Expr, claimed_value: pl.Expr, inferred_value: pl.Expr, none: pl.Expr) -> pl.Expr:
        return (
            pl.when(later).then(said_value).when(claimed).then(claimed_value)
            .when(inferred).then(inferred_value).otherwise(none)
        )  # fmt: skip

    return joined.with_columns(
        OutcomeStatus=choose(pl.col("SaidStatus"), pl.col("ClaimedStatus"), pl.lit("failure"), pl.lit("unknown")),
        OutcomeReason=choose(pl.col("SaidReason"), pl.col("ClaimedReason"), pl.lit(""), pl.lit("")),
        OutcomeSource=choose(pl.col("SaidSource"), pl.lit("agent"), pl.lit("inferred"), pl.lit("")),
        OutcomeAt=choose(
            pl.col("SaidAt"), pl.col("ClaimedAt"), pl.col("EndedAt").cast(pl.Datetime("us", "UTC")), pl.lit(None)
        ),
        ClaimedStatus=pl.col("ClaimedStatus").fill_null(""),
    ).drop("ClaimedReason", "ClaimedAt", "SaidStatus", "SaidReason", "SaidSource", "SaidAt")


def _sum_findings(steps: pl.DataFrame, runs: pl.DataFrame) -> pa.Array:
    """Findings by entity for each row of `runs`, as a map."""
    maps = steps["RedactionFindings"].to_arrow()
    lengths = np.diff(maps.offsets.to_numpy())
    first, last = maps.offsets[0].as_py(), maps.offsets[len(maps)].as_py()
    found = pl.DataFrame(
        {
            "RunId": steps["RunId"].gather(np.repeat(np.arange(len(steps)), lengths)),
            "key": pl.Series(maps.keys[first:last].to_pylist(), dtype=pl.String),
            "value": pl.Series(maps.items[first:last].to_pylist(), dtype=pl.UInt64),
        }
    )
    counts = (
        found.group_by("RunId", "key").agg(pl.col("value").sum()).sort("key").group_by("RunId", maintain_order=True)
    )
    lists = (
        runs.select("RunId").join(counts.agg("key", "value"), on="RunId", how="left", maintain_order="left").to_arrow()
    )
    keys, values = (lists[name].combine_chunks() for name in ("key", "value"))
    offsets = [0]
    for length in lists["key"].combine_chunks().value_lengths().to_pylist():
        offsets.append(offsets[-1] + (length or 0))
    return pa.MapArray.from_arrays(
        pa.array(offsets, pa.int32()), keys.flatten().cast(pa.string()), values.flatten().cast(pa.uint64())
    )
