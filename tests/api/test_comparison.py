"""Verdicts: the twin's arithmetic against published examples and numbers worked out by hand, then the engine's verdicts
against hand-made sides and against the twin over many runs."""

import math
import random
import re
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.comparison import CONFIDENCE, build_comparison
from api.models import CompareQuery
from schema.statements import read_query
from schema.store import Store
from schema.templates import fill_template
from tests.api import verdict_twin
from tests.api.rows import MS, insert_rows, make_run
from tests.api.verdict_twin import (
    MIN_UNITS,
    Spread,
    interval_of_rates,
    judge_change,
    variance_of_ratio,
    wilson_interval,
)

Z95 = 1.959963984540054
QUERY = CompareQuery.model_validate({"baseline": "version=v1", "candidate": "version=v2"})
FLOATS = ("NumeratorSums", "DenominatorSums", "NumeratorVariances", "DenominatorVariances", "Covariances", "Quantiles")
COUNTS = ("Units", "Above")


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
    assert variance_of_ratio([1, 2], [2, 6]) == pytest.approx(0.125 / 32)


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


def write_side(name: str, side: dict[str, Any]) -> str:
    """A row as compare.sql gives it."""
    arrays = [f"[{', '.join(f'toFloat64({value!r})' for value in side[column])}] AS {column}" for column in FLOATS]
    arrays += [f"[{', '.join(f'toUInt64({value})' for value in side[column])}] AS {column}" for column in COUNTS]
    return f"SELECT '{name}' AS Side, toUInt64({side['Runs']}) AS Runs, {', '.join(arrays)}"


def judge(store: Store, old: dict[str, Any], new: dict[str, Any]) -> dict[str, dict[str, Any]]:
    sides = f"{write_side('baseline', old)} UNION ALL {write_side('candidate', new)}"
    sql = fill_template("compare_verdicts", sides=sides)
    answer = build_comparison(QUERY, store.query(sql, {"threshold": 0.1}, tag="test"))
    assert answer["regressed"] == [one["measure"] for one in answer["measures"] if one["verdict"] == "worse"]
    return {measure["measure"]: measure for measure in answer["measures"]}


@pytest.mark.engine
def test_three_runs_are_never_a_regression(store: Store) -> None:
    found = judge(store, make_side(3, 3), make_side(3, 0, (3, 3), 900.0))
    assert {measure["verdict"] for measure in found.values()} == {"too_few"}
    assert found["completion_rate"]["change"] == -1.0
    assert found["cost_per_success_usd"]["candidate"] is None


@pytest.mark.engine
def test_many_runs_tell(store: Store) -> None:
    found = judge(store, make_side(1000, 950, (500, 40)), make_side(1000, 700, (500, 60), 130.0))
    assert (found["completion_rate"]["verdict"], found["completion_rate"]["regressed"]) == ("worse", True)
    assert found["completion_rate"]["change"] == pytest.approx(-0.25 / 0.95)
    assert found["cost_per_success_usd"]["baseline"] == pytest.approx(1000 / 950)
    assert found["cost_per_success_usd"]["verdict"] == "worse"
    assert found["cost_per_run_usd"]["verdict"] == "same"
    assert found["tool_error_rate"]["verdict"] == "too_few"  # no call on either side
    # 40 against 60 of a thousand above the common 95th: .02 apart, the 99 % interval reaches below 0
    assert found["p95_ms"]["verdict"] == "too_few"
    assert judge(store, make_side(1000, 950, (500, 20)), make_side(1000, 950, (500, 80), 130.0))["p95_ms"]["regressed"]


@pytest.mark.engine
def test_a_95th_needs_a_hundred_runs(store: Store) -> None:
    short = judge(store, make_side(99, 90, (49, 0)), make_side(99, 90, (49, 20), 500.0))
    assert short["p95_ms"]["verdict"] == "too_few"
    enough = judge(store, make_side(100, 90, (50, 0)), make_side(100, 90, (50, 20), 500.0))
    assert enough["p95_ms"]["verdict"] == "worse"
    assert enough["p50_ms"]["verdict"] == "same"


@pytest.mark.engine
def test_the_least_number_of_units(store: Store) -> None:
    assert judge(store, make_side(MIN_UNITS, 30), make_side(MIN_UNITS, 3))["completion_rate"]["verdict"] == "worse"
    assert (
        judge(store, make_side(MIN_UNITS, 30), make_side(MIN_UNITS - 1, 3))["completion_rate"]["verdict"] == "too_few"
    )


def test_the_confidence_is_what_it_says() -> None:
    found = re.search(r"([0-9.]+) AS Z,", read_query("compare_verdicts"))
    assert found
    # the normal distribution function at Z is 0.995
    assert 0.5 * (1 + math.erf(float(found[1]) / math.sqrt(2))) == pytest.approx(0.5 + CONFIDENCE / 2, abs=1e-12)


def make_sample(chance: random.Random, tenant: str, version: str, count: int, worse: float) -> list[dict[str, Any]]:
    """Runs of a version; `worse` from 0 (as good as any) to 1 (fails, errs and dawdles twice as often)."""
    runs = []
    for number in range(count):
        calls = chance.randrange(0, 8)
        runs.append(
            make_run(
                tenant, f"{version}-{number}", Version=version, Steps=chance.randrange(1, 20), ToolCalls=calls,
                FailedToolCalls=sum(chance.random() < 0.1 * (1 + worse) for _ in range(calls)),
                Retries=int(chance.random() < 0.2 * (1 + worse)), PolicyViolations=int(chance.random() < 0.05 * worse),
                CostUsd=Decimal(chance.randrange(1, 1000)) / 1000,
                DurationMs=float(chance.randrange(1, 1000)) * (1 + worse),
                ClaimedStatus=chance.choice(["success", "success", ""]),
                OutcomeStatus=chance.choices(["failure", "success", "escalated", "unknown"],
                                             [1 + worse, 8 - worse, 1, 1])[0],
            )
        )  # fmt: skip
        runs[-1]["EndedAt"] = runs[-1]["StartedAt"] + int(runs[-1]["DurationMs"] * MS)
    return runs


@pytest.mark.engine
@pytest.mark.parametrize(
    ("sizes", "worse"),
    [((400, 300), 1.0), ((400, 300), 0.0), ((60, 45), 0.7), ((120, 120), 0.4), ((29, 400), 1.0), ((0, 50), 0.0)],
)
def test_engine_and_twin_agree(
    client: TestClient, store: Store, tenant: str, sizes: tuple[int, int], worse: float
) -> None:
    chance = random.Random(f"{sizes}{worse}")
    old = make_sample(chance, tenant, "v1", sizes[0], 0.0)
    new = make_sample(chance, tenant, "v2", sizes[1], worse)
    insert_rows(store, "runs", [*old, *new, *make_sample(chance, tenant, "v3", 50, 0.5)])
    asked = {"baseline": "version=v1", "candidate": "version=v2", "threshold": "0.1"}
    answer = client.get("/v1/analytics/compare", params=asked).json()
    assert answer["baseline"] == {"version": "v1", "runs": sizes[0]}
    assert answer["candidate"] == {"version": "v2", "runs": sizes[1]}
    expected = verdict_twin.compare([_tell(run) for run in old], [_tell(run) for run in new])
    found = {measure.pop("measure"): measure for measure in answer["measures"]}
    assert list(found) == list(expected)
    for name, measure in found.items():
        numbers = {key: value for key, value in expected[name].items() if isinstance(value, float)}
        assert {key: measure[key] for key in numbers} == pytest.approx(numbers, rel=1e-9, abs=1e-12), name
        assert {key: measure[key] for key in expected[name] if key not in numbers} == {
            key: value for key, value in expected[name].items() if key not in numbers
        }, name
    if worse == 1.0 and min(sizes) >= 300:
        assert {measure["verdict"] for measure in found.values()} >= {"worse", "same"}


def _tell(run: dict[str, Any]) -> dict[str, Any]:
    """A row of `runs` in the twin's words."""
    words = {"Outcome": "OutcomeStatus", "Claimed": "ClaimedStatus", "Ms": "DurationMs", "Usd": "CostUsd"}
    words |= {"Denied": "PolicyViolations"}
    same = ("FailedToolCalls", "ToolCalls", "Retries", "Steps")
    return {key: run[column] for key, column in words.items()} | {key: run[key] for key in same}
