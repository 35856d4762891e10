"""Which spans count: each model call and each tool call once, however many spans tell of it.

Tokens count at the deepest span that reports them. An agent's or a workflow's span that reports any repeats what is
below it; without such a thing below (a crew that tells only its sum) it counts itself. A model call below a model
call is the same call told by two instrumentations, unless a tool or an agent stands between them: then the model was
called again on behalf of the first call's tool (dialects.md, section 4).
"""

import numpy as np
import polars as pl

from collector.tree import Flags, Tree, flag

MODEL_TYPES = ("model_call", "embedding", "rerank")
PLACE = ("Depth", "Timestamp", "SpanId")
AGGREGATE_TYPES = ("agent", "workflow")
_BETWEEN = ("tool_call", "agent")


def mark_calls(frame: pl.DataFrame, tree: Tree) -> pl.DataFrame:
    """Add IsCall, IsCounted, IsFailure and HasFailed."""
    is_model = flag(frame, pl.col("StepType").is_in(MODEL_TYPES))
    direct = tree.cut(flag(frame, pl.col("StepType").is_in(_BETWEEN)))
    counted = _find_counted(frame, tree, direct, is_model)
    told = is_model & counted
    below_or_above = direct.below(told) | direct.above(told)
    usage = _has_usage(frame)
    model_call = told | (is_model & ~usage & ~below_or_above & ~direct.above(is_model))
    tool_call = _find_tool_calls(frame, tree)
    is_tool = flag(frame, pl.col("StepType") == "tool_call")
    errors = flag(frame, pl.col("SaysFailed") == 1)
    return frame.with_columns(
        IsCall=pl.Series(np.where(is_model, model_call, np.where(is_tool, tool_call, True))).cast(pl.UInt8),
        IsCounted=pl.Series(counted).cast(pl.UInt8),
        IsFailure=pl.Series(errors & ~tree.above(errors)).cast(pl.UInt8),
        HasFailed=pl.Series(errors | _is_failed_below(frame, tree, is_tool & tool_call, errors)).cast(pl.UInt8),
    )


def _has_usage(frame: pl.DataFrame) -> Flags:
    return flag(frame, (pl.col("InputTokens") + pl.col("OutputTokens") > 0) | (pl.col("ModelCostUsd") > 0))


def _find_counted(frame: pl.DataFrame, tree: Tree, direct: Tree, is_model: Flags) -> Flags:
    model = _has_usage(frame) & is_model
    counted = model & ~direct.above(model)
    # an aggregate counts only where nothing below it does
    aggregate = _has_usage(frame) & flag(frame, pl.col("StepType").is_in(AGGREGATE_TYPES))
    counted |= aggregate & ~tree.above(model | aggregate)
    counted &= ~_repeats_sum(frame, tree, counted)
    return counted & ~_is_told_again(frame, counted)


def _repeats_sum(frame: pl.DataFrame, tree: Tree, counted: Flags) -> Flags:
    """Counted spans whose tokens are the sum of the counted ones below: roll-ups, whatever they call themselves.

    A response id says that it is a call of its own.
    """
    suspects = counted & tree.above(counted) & flag(frame, pl.col("ResponseId") == "")
    if not suspects.any():
        return suspects
    own = frame.select("InputTokens", "OutputTokens").to_numpy().astype(np.float64)
    sums = np.zeros_like(own)
    rows = np.flatnonzero(counted & ~suspects)
    place = tree.parents[rows]
    for _ in range(len(counted)):  # up from every leaf; a cycle ends with the count of rows
        there = place >= 0
        if not there.any():
            break
        rows, place = rows[there], place[there]
        np.add.at(sums, place, own[rows])
        place = tree.parents[place]
    return np.asarray(suspects & (own == sums).all(axis=1), dtype=np.bool_)


def _is_told_again(frame: pl.DataFrame, counted: Flags) -> Flags:
    """Counted spans of a response already counted: same trace, same response id. The deepest one stays."""
    ids = pl.when(pl.Series(counted) & (pl.col("ResponseId") != "")).then(pl.col("ResponseId"))
    repeated = (
        frame.select("row", "TraceId", *PLACE, ids.alias("id"))
        .drop_nulls("id")
        .sort("Depth", "Timestamp", "SpanId", descending=[True, False, False])
        .filter(~pl.struct("TraceId", "id").is_first_distinct())
    )
    return _to_flags(repeated["row"], len(counted))


def _find_tool_calls(frame: pl.DataFrame, tree: Tree) -> Flags:
    is_tool = flag(frame, pl.col("StepType") == "tool_call")
    calls = is_tool & ~_is_nested_tool(frame, tree, is_tool) & ~_is_refused(frame, tree, is_tool)
    return calls & ~_is_asked_again(frame, calls)


def _is_nested_tool(frame: pl.DataFrame, tree: Tree, is_tool: Flags) -> Flags:
    """A tool call below a tool call of the same name or id, or told by MCP, is the same call, if nothing that could
    call a tool itself stands between them."""
    parents = tree.cut(flag(frame, pl.col("StepType").is_in(("agent", "model_call", "workflow")))).parents
    nearest = Tree(parents).nearest(is_tool)
    outer = np.where(parents >= 0, nearest[parents], -1)
    inside = is_tool & (outer >= 0)
    names, ids = frame["ToolName"].to_numpy(), frame["ToolCallId"].to_numpy()
    mcp = flag(frame, pl.col("Dialect") == "mcp")
    same = (names == names[outer]) | mcp | mcp[outer] | ((ids != "") & (ids == ids[outer]))
    return np.asarray(inside & same, dtype=np.bool_)


def _is_failed_below(frame: pl.DataFrame, tree: Tree, calls: Flags, errors: Flags) -> Flags:
    """Tool calls whose second telling, right below them, failed (Claude Code's `tool.execution` below `tool`)."""
    told_again = errors & ~calls & flag(frame, pl.col("StepType") == "tool_call") & (tree.parents >= 0)
    failed = np.zeros(len(calls), dtype=np.bool_)
    failed[tree.parents[told_again]] = True
    return failed & calls


def _is_refused(frame: pl.DataFrame, tree: Tree, is_tool: Flags) -> Flags:
    """A tool call of which a person or a rule said no, on it or right below it, was not made."""
    parents = tree.parents
    said_no = flag(frame, pl.col("ApprovalApproved") == "false")
    refused = said_no & is_tool
    refused[parents[said_no & flag(frame, pl.col("StepType") == "approval") & (parents >= 0)]] = True
    return refused & is_tool


def _is_asked_again(frame: pl.DataFrame, calls: Flags) -> Flags:
    """Of several calls of one id and one input in a run, the last one is the call (an approval, or a retry)."""
    key = ["RunId", "ToolName", "ToolCallId", "InputHash"]
    asked = (
        frame.select("row", "Timestamp", "SpanId", *key)
        .filter(pl.Series(calls) & (pl.col("ToolCallId") != ""))
        .sort("Timestamp", "SpanId", descending=True)
        .filter(~pl.struct(key).is_first_distinct())
    )
    return _to_flags(asked["row"], len(calls))


def _to_flags(rows: pl.Series, length: int) -> Flags:
    flags = np.zeros(length, dtype=np.bool_)
    flags[rows.to_numpy()] = True
    return flags
