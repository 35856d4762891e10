"""Two sets of runs compared: values, change, how sure the change is, and a verdict.

Which test decides, and why, is in docs/api.md ("Compare"). A measure is a rate (each unit is a yes or no), a ratio of
sums over runs, or a percentile.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from api.answers import Json
from api.models import CompareQuery
from api.queries.reader import Row

Verdict = Literal["better", "worse", "same", "too_few"]

Z = 2.5758293035489004
"""Normal quantile of a two-sided 99 % interval: with a dozen measures, 95 % would cry wolf every other time."""
MIN_UNITS = 30
"""Below this many on a side, nothing is said: neither test's approximation holds."""
MIN_EXPECTED = 5
"""A percentile needs so many runs above it: 100 runs for the 95th."""


class Kind(Enum):
    """How a ratio is tested."""

    RATE = "rate"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Measure:
    """Its name in the answer, which way is better, and how it is tested."""

    name: str
    higher_is_better: bool
    kind: Kind


RATIOS = (
    Measure("completion_rate", True, Kind.RATE),
    Measure("escalation_rate", False, Kind.RATE),
    Measure("silent_failure_rate", False, Kind.RATE),
    Measure("tool_error_rate", False, Kind.RATIO),  # calls of one run fail together, so runs are the sample
    Measure("retries_per_run", False, Kind.RATIO),
    Measure("steps_per_run", False, Kind.RATIO),
    Measure("tool_calls_per_run", False, Kind.RATIO),
    Measure("policy_violations_per_1000_runs", False, Kind.RATIO),
    Measure("cost_per_run_usd", False, Kind.RATIO),
    Measure("cost_per_success_usd", False, Kind.RATIO),
)
"""In the order of the arrays of schema/queries/compare.sql."""
QUANTILES = (("p50_ms", 0.5), ("p95_ms", 0.95))


@dataclass(frozen=True, slots=True)
class Spread:
    """An interval for the difference, candidate less baseline."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the difference is more than noise."""
        return self.low > 0 or self.high < 0


def build_comparison(query: CompareQuery, rows: Mapping[str, Row]) -> Json:
    """The answer from the rows of both sides; `rows` may lack a side that has no runs."""
    sides = {name: rows.get(name) for name in ("baseline", "candidate")}
    measures = [
        *(_compare_ratio(place, measure, sides, query.threshold) for place, measure in enumerate(RATIOS)),
        *(_compare_quantile(place, sides, query.threshold) for place in range(len(QUANTILES))),
    ]
    described = {
        name: {side.by: side.name, "runs": (sides[name] or {}).get("Runs", 0)}
        for name, side in (("baseline", query.baseline), ("candidate", query.candidate))
    }
    regressed = [measure["measure"] for measure in measures if measure["regressed"]]
    return {**described, "threshold": query.threshold, "confidence": 0.99, "regressed": regressed, "measures": measures}


def interval_of_rates(before: float, of_before: float, after: float, of_after: float, z: float = Z) -> Spread:
    """Newcombe's hybrid score interval for a difference of two rates (Statistics in Medicine 17, 1998, method 10)."""
    old, new = before / of_before, after / of_after
    low_old, high_old = wilson_interval(before, of_before, z)
    low_new, high_new = wilson_interval(after, of_after, z)
    difference = new - old
    return Spread(
        difference - math.hypot(new - low_new, high_old - old),
        difference + math.hypot(high_new - new, old - low_old),
    )


def wilson_interval(count: float, total: float, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval of a rate, at the normal quantile `z`."""
    rate, square = count / total, z * z
    middle = (rate + square / (2 * total)) / (1 + square / total)
    half = z * math.sqrt(rate * (1 - rate) / total + square / (4 * total * total)) / (1 + square / total)
    return middle - half, middle + half


def variance_of_ratio(row: Row, place: int) -> float:
    """Variance of a ratio of sums over independent runs, to first order (the delta method)."""
    runs = row["Runs"]
    mean = float(row["DenominatorSums"][place] / runs)
    ratio = row["NumeratorSums"][place] / row["DenominatorSums"][place]
    residual = (
        row["NumeratorVariances"][place]
        - 2 * ratio * row["Covariances"][place]
        + ratio * ratio * row["DenominatorVariances"][place]
    )
    return max(0.0, float(residual)) / (int(runs) * mean * mean)


def judge_change(
    old: float, new: float, spread: Spread | None, threshold: float, higher_is_better: bool
) -> tuple[float | None, Verdict]:
    """Relative change and verdict. Without a spread there were too few; a change from nothing is over any threshold."""
    difference = new - old
    change = difference / abs(old) if old else None
    if spread is None:
        return change, "too_few"
    small = abs(change) < threshold if change is not None else difference == 0
    if small:
        return change, "same"
    if not spread.excludes_zero:
        return change, "too_few"
    return change, "better" if (difference > 0) == higher_is_better else "worse"


def _compare_ratio(place: int, measure: Measure, sides: Mapping[str, Row | None], threshold: float) -> Json:
    before, after = sides["baseline"], sides["candidate"]
    samples = (_units(before, place), _units(after, place))
    old, new = _ratio(before, place), _ratio(after, place)
    spread = None
    if before and after and old is not None and new is not None and min(samples) >= MIN_UNITS:
        if measure.kind is Kind.RATE:
            counts = (row[sums][place] for row in (before, after) for sums in ("NumeratorSums", "DenominatorSums"))
            spread = interval_of_rates(*counts)
        else:
            half = Z * math.sqrt(variance_of_ratio(before, place) + variance_of_ratio(after, place))
            spread = Spread(new - old - half, new - old + half)
    return _describe(measure.name, measure.higher_is_better, old, new, samples, spread, threshold)


def _compare_quantile(place: int, sides: Mapping[str, Row | None], threshold: float) -> Json:
    """A percentile by the share of each side's runs above that percentile of both together (the quantile test)."""
    name, level = QUANTILES[place]
    before, after = sides["baseline"], sides["candidate"]
    samples = (before["Runs"] if before else 0, after["Runs"] if after else 0)
    old, new = (row["Quantiles"][place] if row else None for row in (before, after))
    enough = min(samples) >= MIN_UNITS and min(samples) * (1 - level) >= MIN_EXPECTED - 1e-9
    spread = None
    if before and after and enough:
        spread = interval_of_rates(before["Above"][place], samples[0], after["Above"][place], samples[1])
    answer = _describe(name, False, old, new, samples, spread, threshold)
    # the interval is one of shares of runs, not of milliseconds
    return {**answer, "difference_low": None, "difference_high": None}


def _describe(
    name: str,
    higher_is_better: bool,
    old: float | None,
    new: float | None,
    samples: tuple[int, int],
    spread: Spread | None,
    threshold: float,
) -> Json:
    change: float | None = None
    verdict: Verdict = "too_few"
    if old is not None and new is not None:
        change, verdict = judge_change(old, new, spread, threshold, higher_is_better)
    return {
        "measure": name,
        "better": "higher" if higher_is_better else "lower",
        "baseline": old,
        "candidate": new,
        "change": change,
        "difference_low": spread.low if spread else None,
        "difference_high": spread.high if spread else None,
        "baseline_n": samples[0],
        "candidate_n": samples[1],
        "verdict": verdict,
        "regressed": verdict == "worse",
    }


def _units(row: Row | None, place: int) -> int:
    return int(row["Units"][place]) if row else 0


def _ratio(row: Row | None, place: int) -> float | None:
    if row is None or not row["DenominatorSums"][place]:
        return None
    return float(row["NumeratorSums"][place] / row["DenominatorSums"][place])
