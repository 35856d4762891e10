"""Put spans into their trace: which run they belong to, what they inherit, and which of them count.

Works on whole traces at once, with every step that is known of them, old and new: so the result does not depend on
the order or the batches in which spans arrived. The tree is walked by pointer doubling (numpy): a parent's index
is replaced by its parent's, so a chain of n spans takes log n rounds, and a cycle ends too.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

Indexes = NDArray[np.int64]
Flags = NDArray[np.bool_]

MODEL_TYPES = ("model_call", "embedding", "rerank")
PLACE = ("Depth", "Timestamp", "SpanId")


class Tree:
    """Parents of the rows of a frame, as row numbers; -1 for a root or a parent that is not there."""

    def __init__(self, parents: Indexes) -> None:
        self.parents = parents

    def ancestors(self) -> Iterator[Indexes]:
        """The 1st, 2nd, 4th, 8th… ancestor of every row, until nobody has one (or a cycle has been run through)."""
        current = self.parents
        for _ in range(max(1, len(current)).bit_length() + 1):
            if not (current >= 0).any():
                return
            yield current
            current = np.where(current >= 0, current[current], -1)

    def depths(self) -> Indexes:
        """How many ancestors each row has."""
        depths = (self.parents >= 0).astype(np.int64)
        jump = self.parents
        for _ in range(max(1, len(jump)).bit_length() + 1):
            if not (jump >= 0).any():
                break
            depths = depths + np.where(jump >= 0, depths[jump], 0)
            jump = np.where(jump >= 0, jump[jump], -1)
        return np.minimum(depths, len(depths))

    def nearest(self, has: Flags) -> Indexes:
        """For each row the nearest row, itself or an ancestor, for which `has` holds; -1 where there is none."""
        found = np.where(has, np.arange(len(has)), self.parents)
        for _ in range(max(1, len(has)).bit_length() + 1):
            found = np.where(found >= 0, found[found], -1)
        return np.where((found >= 0) & has[found], found, -1)

    def above(self, marked: Flags) -> Flags:
        """For each row, whether one of its descendants is marked."""
        reached = marked.copy()
        result = np.zeros(len(marked), dtype=bool)
        for ancestor in self.ancestors():
            there = reached & (ancestor >= 0)
            result[ancestor[there]] = True
            reached = reached | result
        return result

    def below(self, marked: Flags) -> Flags:
        """For each row, whether one of its ancestors is marked."""
        parents = self.parents
        nearest = self.nearest(marked)
        return np.where(parents >= 0, nearest[parents] >= 0, False)


def assemble_steps(facts: pl.DataFrame) -> pl.DataFrame:
    """Resolve RunId, Agent, Workflow, Version, Depth and the flags for the steps of whole traces.

    `facts` holds one row per span (Tenant, TraceId, SpanId unique, one tenant). Returns it with the resolved columns.
    """
    facts = facts.with_row_index("row")
    tree = Tree(_find_parents(facts))
    frame = facts.with_columns(
        Depth=pl.Series(tree.depths(), dtype=pl.UInt32),
        IsOrphan=pl.Series(_flag(facts, pl.col("ParentSpanId") != "") & (tree.parents < 0)).cast(pl.UInt8),
    )
    frame = _resolve_runs(frame, tree)
    frame = _resolve_names(frame, tree)
    frame = _mark_calls(frame, tree)
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
    nearest = tree.nearest(_flag(frame, pl.col(column) != ""))
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


def _mark_calls(frame: pl.DataFrame, tree: Tree) -> pl.DataFrame:
    """Which spans count: the deepest that report tokens (a roll-up repeats its descendants), and one per call."""
    is_model = _flag(frame, pl.col("StepType").is_in(MODEL_TYPES))
    has_usage = _flag(
        frame,
        pl.col("StepType").is_in(MODEL_TYPES)
        & ((pl.col("InputTokens") + pl.col("OutputTokens") > 0) | (pl.col("ModelCostUsd") > 0)),
    )
    errors = _flag(frame, pl.col("StatusCode") == "Error")
    counted = has_usage & ~tree.above(has_usage)
    counted &= ~_is_repeated(frame, counted)
    told_by_counted = tree.below(counted) | tree.above(counted)
    model_call = counted | (is_model & ~told_by_counted & ~tree.above(is_model) & ~has_usage)
    nested_tool = _is_nested_tool(frame, tree)
    call = np.where(is_model, model_call, ~nested_tool)
    failure = errors & ~tree.above(errors)
    return frame.with_columns(
        IsCall=pl.Series(call).cast(pl.UInt8),
        IsCounted=pl.Series(counted).cast(pl.UInt8),
        IsFailure=pl.Series(failure).cast(pl.UInt8),
    )


def _is_repeated(frame: pl.DataFrame, counted: Flags) -> Flags:
    """Counted spans that tell a response already counted: same trace, same response id. The deepest one stays."""
    ids = pl.when(pl.Series(counted) & (pl.col("ResponseId") != "")).then(pl.col("ResponseId"))
    repeated = (
        frame.select("row", "TraceId", *PLACE, ids.alias("id"))
        .drop_nulls("id")
        .sort("Depth", "Timestamp", "SpanId", descending=[True, False, False])
        .filter(~pl.struct("TraceId", "id").is_first_distinct())
    )
    result = np.zeros(len(counted), dtype=bool)
    result[repeated["row"].to_numpy()] = True
    return result


def _is_nested_tool(frame: pl.DataFrame, tree: Tree) -> Flags:
    """A tool call right below a tool call of the same name, or told by MCP, is the same call."""
    parents = tree.parents
    is_tool = _flag(frame, pl.col("StepType") == "tool_call")
    told_by_mcp = _flag(frame, pl.col("Dialect") == "mcp")
    names = frame["ToolName"].to_numpy()
    below_tool = (parents >= 0) & is_tool[parents]
    nested: Flags = is_tool & below_tool & ((names == names[parents]) | told_by_mcp)
    return nested


def _flag(frame: pl.DataFrame, condition: pl.Expr) -> Flags:
    flags: Flags = frame.select(condition.alias("flag"))["flag"].to_numpy().astype(bool)
    return flags


def _mark_retries(frame: pl.DataFrame) -> pl.DataFrame:
    """A tool call with the same tool and input as one that failed before it in the run is a retry."""
    key = ["RunId", "ToolName", "InputHash"]
    ordered = frame.filter(
        (pl.col("StepType") == "tool_call") & (pl.col("InputHash") != "") & (pl.col("IsCall") == 1)
    ).sort("Timestamp", "SpanId")
    failed_before = ordered.select("row", again=(pl.col("StatusCode").shift(1).over(key) == "Error").fill_null(False))
    said = (pl.col("RetryOf") != "") | (pl.col("StepType") == "retry")
    return (
        frame.join(failed_before, on="row", how="left", maintain_order="left")
        .with_columns(IsRetry=(said | pl.col("again").fill_null(False)).cast(pl.UInt8))
        .drop("again")
    )
