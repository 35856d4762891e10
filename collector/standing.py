"""The price that a call has stands until somebody prices it anew (docs/costs.md, "When prices change").

A span that is sent again, a trace that is put together again, a price list that was changed meanwhile: none of them
changes what a call was booked with, as long as the call tells the same.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa

from collector.pricing import PRICED, REPORTED
from collector.steps import Step
from schema.columns import BY_NAME

PRICED_BY = (
    "StepType", "Provider", "Model", "RequestModel", "ServiceTier", "InputTokens", "OutputTokens", "CacheReadTokens",
    "CacheWriteTokens", "CacheWrite1hTokens", "ReasoningTokens", "AudioInputTokens", "AudioOutputTokens",
    "CacheAudioTokens",
)  # fmt: skip
"""What a price depends on, beside the time of the call."""
PRICE = ("ModelCostUsd", "PriceStatus", "PriceList", "RepricedAt")
_SPAN = ["TraceId", "SpanId"]


def make_step(row: Mapping[str, Any], reported: Decimal | None) -> Step:
    """As much of a step as a price depends on, from the columns of PRICED_BY; its tokens are known."""
    return Step(
        step_type=row["StepType"], provider=row["Provider"], request_model=row["RequestModel"],
        response_model=row["Model"], service_tier=row["ServiceTier"], input_tokens=row["InputTokens"],
        output_tokens=row["OutputTokens"], cache_read_tokens=row["CacheReadTokens"],
        cache_write_tokens=row["CacheWriteTokens"], cache_write_1h_tokens=row["CacheWrite1hTokens"],
        reasoning_tokens=row["ReasoningTokens"], audio_input_tokens=row["AudioInputTokens"],
        audio_output_tokens=row["AudioOutputTokens"], cache_audio_tokens=row["CacheAudioTokens"], has_usage=True,
        reported_cost_usd=reported,
    )  # fmt: skip


def keep_prices(steps: pa.Table, known: pa.Table) -> pa.Table:
    """`steps` with the prices that `known` has for calls that tell the same.

    A cost that the instrumentation reports is news where there was none, or another report.
    """
    if not known.num_rows:
        return steps
    now, before = (pl.from_arrow(table.select([*_SPAN, *PRICED_BY, *PRICE])) for table in (steps, known))
    assert isinstance(now, pl.DataFrame)
    assert isinstance(before, pl.DataFrame)
    joined = now.join(before.unique(_SPAN), on=_SPAN, how="left", suffix="Before", maintain_order="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}Before")) for name in PRICED_BY)
    news = (pl.col("PriceStatus") == REPORTED) & (pl.col("PriceStatusBefore") != PRICED)
    kept = joined.select(
        pl.when(same & ~news).then(pl.col(f"{name}Before")).otherwise(pl.col(name)).alias(name) for name in PRICE
    ).to_arrow()
    for name in PRICE:
        place = steps.schema.get_field_index(name)
        steps = steps.set_column(place, name, kept[name].cast(BY_NAME[name].arrow))
    return steps
