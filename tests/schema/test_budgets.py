"""Where a run passes its budget, worked out by hand."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from schema.budgets import LIMITS, add_breaches
from schema.runs import USED
from tests.collector.facts import START_NS, make_fact, to_frame

NOBODY = dict.fromkeys(LIMITS.values())


def find(budget: dict[str, Any], *steps: dict[str, Any]) -> list[tuple[str, str, datetime]]:
    """The breaches of one run: limit, span, when."""
    rows = [make_fact(f"s{place}", **step) for place, step in enumerate(steps)]
    frame = to_frame(rows).with_columns(
        RunId=pl.lit("r"),
        IsCall=pl.lit(1),
        IsCounted=(pl.col("SpanName") != "s0").cast(pl.UInt8),  # the root repeats what is below it
        End=pl.col("Timestamp") + pl.duration(nanoseconds=pl.col("Duration").cast(pl.Int64)),
    )
    limits = {name: pl.Float64 if name == "BudgetUsd" else pl.UInt64 for name in LIMITS.values()}
    runs = pl.DataFrame([{"RunId": "r", **NOBODY, **budget}], schema={"RunId": pl.String, **limits})
    (run,) = add_breaches(runs, frame, USED).to_dicts()
    assert run["BudgetBreached"] == int(bool(run["Breaches.Limit"]))
    assert run["Breaches.TraceId"] == ["t1"] * len(run["Breaches.Limit"])
    return list(zip(run["Breaches.Limit"], run["Breaches.SpanId"], run["Breaches.At"], strict=True))


def step(kind: str, start: int, seconds: int, **fields: Any) -> dict[str, Any]:
    return {"step_type": kind, "Timestamp": START_NS + start * 10**9, "Duration": seconds * 10**9, **fields}


def at(second: int) -> datetime:
    return datetime.fromtimestamp(START_NS // 10**9 + second, UTC)


ROOT = step("agent", 0, 100, ModelCostUsd=Decimal("0.9"), InputTokens=900)
STEPS = (
    ROOT,
    # begins first and ends last: its cost is known when it ends
    step("model_call", 1, 50, ModelCostUsd=Decimal("0.10"), InputTokens=100, OutputTokens=20),
    step("tool_call", 5, 1, ToolCostUsd=Decimal("0.05")),
    step("model_call", 10, 5, ModelCostUsd=Decimal("0.10"), InputTokens=200, OutputTokens=30),
    step("tool_call", 20, 1, ReviewCostUsd=Decimal("0.01")),
    step("embedding", 30, 1, ModelCostUsd=Decimal("0.02"), InputTokens=5000),
)


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ({}, []),
        # 0.05 at 6 s, 0.15 at 15 s, 0.16 at 21 s, 0.18 at 31 s, 0.28 at 51 s
        ({"BudgetUsd": 0.28}, []),
        ({"BudgetUsd": 0.27}, [("usd", "s1", at(51))]),
        ({"BudgetUsd": 0.16}, [("usd", "s5", at(31))]),
        ({"BudgetUsd": 0.1}, [("usd", "s3", at(15))]),
        ({"BudgetUsd": 0.0}, [("usd", "s2", at(6))]),
        # the fourth to end is the embedding, the root the sixth
        ({"BudgetSteps": 6}, []),
        ({"BudgetSteps": 5}, [("steps", "s0", at(100))]),
        ({"BudgetSteps": 3}, [("steps", "s5", at(31))]),
        ({"BudgetToolCalls": 1}, [("tool_calls", "s4", at(21))]),
        # tokens of embeddings are not a model's: 230 at 15 s, 350 at 51 s
        ({"BudgetTokens": 350}, []),
        ({"BudgetTokens": 349}, [("tokens", "s1", at(51))]),
        # several limits, the earliest first
        ({"BudgetUsd": 0.16, "BudgetToolCalls": 1, "BudgetSteps": 99},
         [("tool_calls", "s4", at(21)), ("usd", "s5", at(31))]),
    ],
)  # fmt: skip
def test_the_step_that_passes_a_limit(budget: dict[str, Any], expected: list[tuple[str, str, datetime]]) -> None:
    assert find(budget, *STEPS) == expected
