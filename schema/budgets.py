"""Where a run passed its budget: which limit, when, and at which step.

A step counts when it ends. The step that brings a sum over its limit is the breach; a run may pass several limits.
"""

import polars as pl

LIMITS = {"usd": "BudgetUsd", "steps": "BudgetSteps", "tool_calls": "BudgetToolCalls", "tokens": "BudgetTokens"}
"""Limit → column of `steps` and `runs` that holds it."""
ENTRY = ("Limit", "At", "TraceId", "SpanId")
_COLUMNS = [f"Breaches.{name}" for name in ENTRY]


def add_breaches(runs: pl.DataFrame, steps: pl.DataFrame, used: dict[str, pl.Expr]) -> pl.DataFrame:
    """`runs` with BudgetBreached and the lists of Breaches, earliest first.

    `steps` are all their steps with their End; `used` says for each limit what one step uses of it.
    """
    limited = runs.filter(pl.any_horizontal(pl.col(column).is_not_null() for column in LIMITS.values()))
    found = limited.select("RunId").head(0)
    if len(limited):
        concerned = steps.join(limited.select("RunId"), on="RunId", how="semi").sort("End", "SpanId", "TraceId")
        breaches = pl.concat([_find_breaches(limited, concerned, limit, used[limit]) for limit in LIMITS])
        found = breaches.sort("Breaches.At", "Breaches.Limit").group_by("RunId", maintain_order=True).agg(_COLUMNS)
    joined = runs.join(found, on="RunId", how="left")
    types = {"Breaches.At": pl.List(pl.Datetime("ns", "UTC"))}
    empty = [
        (pl.col(name) if name in joined.columns else pl.lit(None)).cast(types.get(name, pl.List(pl.String)))
        .fill_null([]).alias(name)
        for name in _COLUMNS
    ]  # fmt: skip
    joined = joined.with_columns(empty)
    return joined.with_columns(BudgetBreached=(pl.col("Breaches.Limit").list.len() > 0).cast(pl.UInt8))


def _find_breaches(runs: pl.DataFrame, steps: pl.DataFrame, limit: str, used: pl.Expr) -> pl.DataFrame:
    """For each run the first step after which more is used than the limit says."""
    limits = runs.select("RunId", most=pl.col(LIMITS[limit]).cast(pl.Float64)).drop_nulls()
    return (
        steps.join(limits, on="RunId", maintain_order="left")
        .with_columns(used=used.cum_sum().over("RunId").cast(pl.Float64))
        .filter(pl.col("used") > pl.col("most"))
        .group_by("RunId", maintain_order=True)
        .first()
        .select(
            "RunId",
            pl.lit(limit).alias("Breaches.Limit"),
            pl.col("End").alias("Breaches.At"),
            pl.col("TraceId").alias("Breaches.TraceId"),
            pl.col("SpanId").alias("Breaches.SpanId"),
        )
    )
