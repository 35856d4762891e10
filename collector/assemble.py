"""Put spans into their trace: which run they belong to, what they inherit, and which of them count.

Works on whole traces at once, with every step that is known of them, old and new: so the result does not depend on
the order or the batches in which spans arrived. Which of them count is worked out in `calls.py`.
"""

import numpy as np
import polars as pl

from collector.calls import PLACE, mark_calls
from collector.tree import Indexes, Tree, flag


def assemble_steps(facts: pl.DataFrame) -> pl.DataFrame:
    """Resolve RunId, Agent, Workflow, Version, Depth and the flags for the steps of whole traces.

    `facts` holds one row per span (Tenant, TraceId, SpanId unique, one tenant). Returns it with the resolved columns.
    """
    facts = facts.with_row_index("row")
    tree = Tree(_find_parents(facts))
    frame = facts.with_columns(
        Depth=pl.Series(tree.depths(), dtype=pl.UInt32),
        IsOrphan=pl.Series(flag(facts, pl.col("ParentSpanId") != "") & (tree.parents < 0)).cast(pl.UInt8),
    )
    frame = _resolve_runs(frame, tree)
    frame = _resolve_names(frame, tree)
    frame = mark_calls(frame, tree)
    return _mark_retries(frame).drop("row")


def _find_parents(facts: pl.DataFrame) -> Indexes:
    known = facts.select("TraceId", pl.col("SpanId").alias("ParentSpanId"), pl.col("row").alias("parent"))
    joined = facts.select("row", "TraceId", "ParentSpanId").join(
        known, on=["TraceId", "ParentSpanId"], how="left", maintain_order="left"
    )
    parents = joined["parent"].cast(pl.Int64).fill_null(-1).to_numpy().copy()
    rows = np.arange(len(parents))
    parents[parents == rows] = -1  # a span that calls itself its parent is a root
    return parents


def _inherit(frame: pl.DataFrame, tree: Tree, column: str) -> pl.Series:
    """The value of the nearest row, itself or an ancestor, that has one; empty where none has."""
    values = frame[column].to_numpy()
    nearest = tree.nearest(flag(frame, pl.col(column) != ""))
    return pl.Series(np.where(nearest >= 0, values[nearest], ""), dtype=pl.String)


def _resolve_runs(frame: pl.DataFrame, tree: Tree) -> pl.DataFrame:
    """Nearest explicit run id; else the only one of the trace; else the trace id (contract, "Own attributes")."""
    own = pl.col("OwnRunId")
    only = pl.when(own.filter(own != "").n_unique().over("TraceId") == 1).then(own.max().over("TraceId"))
    return (
        frame.with_columns(inherited=_inherit(frame, tree, "OwnRunId"), only=only.fill_null(""))
        .with_columns(
            RunId=pl.when(pl.col("inherited") != "")
            .then(pl.col("inherited"))
            .when(pl.col("only") != "")
            .then(pl.col("only"))
            .otherwise(pl.col("TraceId"))
        )
        .drop("inherited", "only")
    )


def _first(column: str) -> pl.Expr:
    """First value of a column that is not empty, in order of depth, time and id; empty where there is none."""
    return pl.col(column).filter(pl.col(column) != "").first().fill_null("").alias(f"run{column}")


def _resolve_names(frame: pl.DataFrame, tree: Tree) -> pl.DataFrame:
    columns = (
        "AgentName", "AgentVersion", "WorkflowName", "WorkflowVersion", "ServiceName", "ServiceVersion", "SpanName"
    )  # fmt: skip
    runs = frame.sort(PLACE).group_by("RunId").agg([_first(column) for column in columns])
    frame = frame.with_columns(nearAgent=_inherit(frame, tree, "AgentName")).join(
        runs, on="RunId", how="left", maintain_order="left"
    )
    return frame.with_columns(
        Agent=_pick("nearAgent", "runAgentName", "ServiceName"),
        Workflow=_pick("runWorkflowName", "runAgentName", "runSpanName"),
        Version=_pick("runWorkflowVersion", "runAgentVersion", "runServiceVersion"),
    ).drop("nearAgent", *(f"run{column}" for column in columns))


def _pick(*columns: str) -> pl.Expr:
    """The first of several columns that is not empty."""
    return pl.coalesce([pl.when(pl.col(column) != "").then(pl.col(column)) for column in columns]).fill_null("")


def _mark_retries(frame: pl.DataFrame) -> pl.DataFrame:
    """A tool call with the same tool and input as one that failed before it in the run is a retry."""
    key = ["RunId", "ToolName", "InputHash"]
    ordered = frame.filter(
        (pl.col("StepType") == "tool_call") & (pl.col("InputHash") != "") & (pl.col("IsCall") == 1)
    ).sort("Timestamp", "SpanId")
    failed_before = ordered.select("row", again=(pl.col("HasFailed").shift(1).over(key) == 1).fill_null(False))
    said = (pl.col("RetryOf") != "") | (pl.col("StepType") == "retry")
    return (
        frame.join(failed_before, on="row", how="left", maintain_order="left")
        .with_columns(IsRetry=(said | pl.col("again").fill_null(False)).cast(pl.UInt8))
        .drop("again")
    )
