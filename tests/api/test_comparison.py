"""The verdict's arithmetic against published examples and numbers worked out by hand."""

import math
from typing import Any

import pytest

from api.comparison import (
    MIN_UNITS,
    RATIOS,
    Spread,
    Z,
    build_comparison,
    interval_of_rates,
    judge_change,
    variance_of_ratio,
    wilson_interval,
)
from api.models import CompareQuery

Z95 = 1.959963984540054
QUERY = CompareQuery.model_validate({"baseline": "version=v1", "candidate": "version=v2"})


def test_wilson_interval_as_published() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I: 81 of 263, method 3
    assert wilson_interval(81, 263, Z95) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_difference_of_rates_as_published() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II: 56/70 less 48/80, method 10
    spread = interval_of_rates(48, 80, 56, 70, Z95)
    assert (spread.low, spread.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    # ... and 10/10 less 0/20, where the textbook interval has no width at all
    spread = interval_of_rates(0, 20, 10, 10, Z95)
    assert (spread.low, spread.high) == pytest.approx((0.6791, 1.0), abs=5e-5)


def test_variance_of_a_ratio_by_hand() -> None:
    # two runs: 1 failed call of 2, 2 of 6. Ratio 3/8; residuals 1 - .375*2 = .25 and 2 - .375*6 = -.25;
    # their sample variance .125; over 2 runs and the square of the mean of 4 calls: .125 / (2 * 16)
    row = {
        "Runs": 2, "NumeratorSums": [3.0], "DenominatorSums": [8.0], "NumeratorVariances": [0.5],
        "DenominatorVariances": [8.0], "Covariances": [2.0],
    }  # fmt: skip
    assert variance_of_ratio(row, 0) == pytest.approx(0.125 / 32)


@pytest.mark.parametrize(
    ("old", "new", "spread", "higher", "change", "verdict"),
    [
        (100.0, 120.0, Spread(5, 35), False, 0.2, "worse"),
        (100.0, 120.0, Spread(5, 35), True, 0.2, "better"),
        (100.0, 80.0, Spread(-35, -5), False, -0.2, "better"),
        (100.0, 109.0, Spread(5, 13), False, 0.09, "same"),  # sure, and not worth a word
        (100.0, 110.0, Spread(5, 15), False, 0.1, "worse"),  # the threshold itself is over it
        (100.0, 150.0, Spread(-20, 120), False, 0.5, "too_few"),  # may be noise
        (100.0, 150.0, None, False, 0.5, "too_few"),
        (0.0, 0.5, Spread(0.2, 0.8), False, None, "worse"),  # from nothing, no relative change exists
        (0.0, 0.0, Spread(-0.1, 0.1), False, None, "same"),
    ],
)
def test_verdicts(
    old: float, new: float, spread: Spread | None, higher: bool, change: float | None, verdict: str
) -> None:
    found = judge_change(old, new, spread, 0.10, higher)
    assert found == (pytest.approx(change) if change is not None else None, verdict)


def make_side(runs: int, successes: int, above: tuple[int, int] = (0, 0), p95: float = 100.0) -> dict[str, Any]:
    """A side with `successes` of `runs`, in which nothing else happened and every run cost a dollar."""
    rate = successes / runs
    spread = rate * (1 - rate) * runs / (runs - 1)
    return {
        "Runs": runs,
        "NumeratorSums": [successes, 0, 0, 0, 0, 0, 0, 0, runs, runs],
        "DenominatorSums": [runs, runs, 0, 0, runs, runs, runs, runs, runs, successes],
        "Units": [runs, runs, 0, 0, runs, runs, runs, runs, runs, successes],
        "NumeratorVariances": [spread, *[0.0] * 9],
        "DenominatorVariances": [*[0.0] * 9, spread],
        "Covariances": [0.0] * 10,
        "Quantiles": [10.0, p95],
        "Above": list(above),
    }


def judge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = build_comparison(QUERY, {"baseline": old, "candidate": new})
    assert answer["regressed"] == [one["measure"] for one in answer["measures"] if one["verdict"] == "worse"]
    return {measure["measure"]: measure for measure in answer["measures"]}


def test_three_runs_are_never_a_regression() -> None:
    found = judge(make_side(3, 3), make_side(3, 0, (3, 3), 900.0))
    assert {measure["verdict"] for measure in found.values()} == {"too_few"}
    assert found["completion_rate"]["change"] == -1.0
    assert found["cost_per_success_usd"]["candidate"] is None


def test_many_runs_tell() -> None:
    found = judge(make_side(1000, 950, (500, 40)), make_side(1000, 700, (500, 60), 130.0))
    assert (found["completion_rate"]["verdict"], found["completion_rate"]["regressed"]) == ("worse", True)
    assert found["completion_rate"]["change"] == pytest.approx(-0.25 / 0.95)
    assert found["cost_per_success_usd"]["baseline"] == pytest.approx(1000 / 950)
    assert found["cost_per_success_usd"]["verdict"] == "worse"
    assert found["cost_per_run_usd"]["verdict"] == "same"
    assert found["tool_error_rate"]["verdict"] == "too_few"  # no call on either side
    # 40 against 60 of a thousand above the common 95th: .02 apart, the 99 % interval reaches below 0
    assert found["p95_ms"]["verdict"] == "too_few"
    assert judge(make_side(1000, 950, (500, 20)), make_side(1000, 950, (500, 80), 130.0))["p95_ms"]["regressed"]


def test_a_95th_needs_a_hundred_runs() -> None:
    short = judge(make_side(99, 90, (49, 0)), make_side(99, 90, (49, 20), 500.0))
    assert short["p95_ms"]["verdict"] == "too_few"
    enough = judge(make_side(100, 90, (50, 0)), make_side(100, 90, (50, 20), 500.0))
    assert enough["p95_ms"]["verdict"] == "worse"
    assert enough["p50_ms"]["verdict"] == "same"


def test_the_least_number_of_units() -> None:
    assert judge(make_side(MIN_UNITS, 30), make_side(MIN_UNITS, 3))["completion_rate"]["verdict"] == "worse"
    assert judge(make_side(MIN_UNITS, 30), make_side(MIN_UNITS - 1, 3))["completion_rate"]["verdict"] == "too_few"


def test_names_are_unique_and_the_confidence_is_what_it_says() -> None:
    assert len({measure.name for measure in RATIOS}) == len(RATIOS)
    # the normal distribution function at Z is 0.995
    assert 0.5 * (1 + math.erf(Z / math.sqrt(2))) == pytest.approx(0.995, abs=1e-12)
