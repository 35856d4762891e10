"""The slow, obvious twin of schema/queries/compare_verdicts.sql: one measure at a time, in plain Python.

It knows the definitions of docs/api.md ("Compare") and nothing of our SQL; its arithmetic is held to published
examples in test_comparison.py.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

Z = 2.5758293035489004
MIN_UNITS = 30
MIN_ABOVE = 5
RATES = ("completion_rate", "escalation_rate", "silent_failure_rate")
RATIOS = (
    *RATES, "tool_error_rate", "retries_per_run", "steps_per_run", "tool_calls_per_run",
    "policy_violations_per_1000_runs", "cost_per_run_usd", "cost_per_success_usd",
)  # fmt: skip
LEVELS = {"p50_ms": 0.5, "p95_ms": 0.95}


@dataclass(frozen=True, slots=True)
class Spread:
    """An interval for the difference, candidate less baseline."""

    low: float
    high: float


def wilson_interval(count: float, total: float, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval of a rate."""
    rate, square = count / total, z * z
    middle = (rate + square / (2 * total)) / (1 + square / total)
    half = z * math.sqrt(rate * (1 - rate) / total + square / (4 * total * total)) / (1 + square / total)
    return middle - half, middle + half


def interval_of_rates(before: float, of_before: float, after: float, of_after: float, z: float = Z) -> Spread:
    """Newcombe's hybrid score interval for a difference of two rates (Statistics in Medicine 17, 1998, method 10)."""
    old, new = before / of_before, after / of_after
    low_old, high_old = wilson_interval(before, of_before, z)
    low_new, high_new = wilson_interval(after, of_after, z)
    low, high = math.hypot(new - low_new, high_old - old), math.hypot(high_new - new, old - low_old)
    return Spread(new - old - low, new - old + high)


def variance_of_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Variance of a ratio of sums over independent runs, to first order: that of its residuals (the delta method)."""
    runs, ratio = len(numerators), sum(numerators) / sum(denominators)
    residuals = [above - ratio * below for above, below in zip(numerators, denominators, strict=True)]
    mean = sum(residuals) / runs
    spread = sum((one - mean) ** 2 for one in residuals) / (runs - 1)
    return spread / (runs * (sum(denominators) / runs) ** 2)


def judge_change(
    old: float, new: float, spread: Spread | None, threshold: float, higher_is_better: bool
) -> tuple[float | None, str]:
    """Relative change and verdict. Without a spread there were too few; a change from nothing is over any threshold."""
    change = (new - old) / abs(old) if old else None
    if spread is None:
        return change, "too_few"
    if abs(change) < threshold if change is not None else new == old:
        return change, "same"
    if spread.low <= 0 <= spread.high:
        return change, "too_few"
    return change, "better" if (new > old) == higher_is_better else "worse"


def compare(old: Sequence[Json], new: Sequence[Json], threshold: float = 0.10) -> dict[str, Json]:
    """Every measure of two sets of runs as the twin's `list_runs` has them."""
    told = {name: _compare_ratio(name, *_parts(name, old), *_parts(name, new), threshold) for name in RATIOS}
    durations = [run["Ms"] for run in old], [run["Ms"] for run in new]
    return told | {name: _compare_level(level, *durations, threshold) for name, level in LEVELS.items()}


def _parts(name: str, runs: Sequence[Json]) -> tuple[list[float], list[float]]:
    """What each run adds to the numerator and the denominator of a measure."""
    pairs = [_pair(name, run) for run in runs]
    return [float(above) for above, _ in pairs], [float(below) for _, below in pairs]


def _pair(name: str, run: Mapping[str, Any]) -> tuple[Any, Any]:
    known, success = run["Outcome"] != "unknown", run["Outcome"] == "success"
    claimed = run["Claimed"] == "success"
    return {
        "completion_rate": (success, known),
        "escalation_rate": (run["Outcome"] == "escalated", known),
        "silent_failure_rate": (claimed and not success, claimed),
        "tool_error_rate": (run["FailedToolCalls"], run["ToolCalls"]),
        "retries_per_run": (run["Retries"], 1),
        "steps_per_run": (run["Steps"], 1),
        "tool_calls_per_run": (run["ToolCalls"], 1),
        "policy_violations_per_1000_runs": (1000 * run["Denied"], 1),
        "cost_per_run_usd": (run["Usd"], 1),
        "cost_per_success_usd": (run["Usd"], success),
    }[name]


def _compare_ratio(
    name: str,
    old_above: list[float],
    old_below: list[float],
    new_above: list[float],
    new_below: list[float],
    threshold: float,
) -> Json:
    old, new = (sum(a) / sum(b) if sum(b) else None for a, b in ((old_above, old_below), (new_above, new_below)))
    units = [sum(value > 0 for value in below) for below in (old_below, new_below)]
    spread = None
    if old is not None and new is not None and min(units) >= MIN_UNITS:
        if name in RATES:
            spread = interval_of_rates(sum(old_above), sum(old_below), sum(new_above), sum(new_below))
        else:
            variance = variance_of_ratio(old_above, old_below) + variance_of_ratio(new_above, new_below)
            half = Z * math.sqrt(variance)
            spread = Spread(new - old - half, new - old + half)
    return _describe(old, new, units, spread, threshold, name == "completion_rate", shows_spread=True)


def _compare_level(level: float, old: list[float], new: list[float], threshold: float) -> Json:
    counts = [len(old), len(new)]
    spread = None
    if min(counts) >= MIN_UNITS and round(min(counts) * (1 - level), 9) >= MIN_ABOVE:
        limit = _quantile(old + new, level)
        above = [sum(value > limit for value in side) for side in (old, new)]
        spread = interval_of_rates(above[0], counts[0], above[1], counts[1])
    before, after = (_quantile(side, level) if side else None for side in (old, new))
    return _describe(before, after, counts, spread, threshold, higher_is_better=False, shows_spread=False)


def _quantile(values: list[float], level: float) -> float:
    return sorted(values)[math.floor(level * len(values))]


def _describe(
    old: float | None,
    new: float | None,
    units: list[int],
    spread: Spread | None,
    threshold: float,
    higher_is_better: bool,
    shows_spread: bool,
) -> Json:
    change, verdict = None, "too_few"
    if old is not None and new is not None:
        change, verdict = judge_change(old, new, spread, threshold, higher_is_better)
    shown = spread if shows_spread else None
    return {
        "better": "higher" if higher_is_better else "lower",
        "baseline": old,
        "candidate": new,
        "change": change,
        "difference_low": shown.low if shown else None,
        "difference_high": shown.high if shown else None,
        "baseline_n": units[0],
        "candidate_n": units[1],
        "verdict": verdict,
        "regressed": verdict == "worse",
    }
