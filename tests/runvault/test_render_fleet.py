"""Tables of reliability, coverage, comparisons and time series: numbers, widths, gaps."""

from typing import Any

import pytest
from rich.cells import cell_len

from api.amounts import format_usd
from runvault.render_fleet import format_rate, render_comparison, render_coverage, render_reliability
from runvault.render_series import draw_spark, list_moments, render_series
from tests.runvault.test_render import draw

GROUP: dict[str, Any] = {
    "workflow": "refunds", "runs": 1200, "known_outcomes": 1100, "completion_rate": 0.934, "escalation_rate": 0.02,
    "silent_failures": 3, "silent_failure_rate": 0.01, "wrong_write_rate": None, "tool_calls": 5000,
    "tool_error_rate": 0.051, "errors": 9, "retries": 60, "retries_per_run": 0.05,
    "steps_per_run": {"mean": 7.5, "p95": 14}, "tool_calls_per_run": {"mean": 4.166, "p95": 21}, "approvals": 0,
    "approval_wait_ms": {"mean": None, "p95": None}, "policy_violations": 0, "policy_violations_per_1000_runs": 0.0,
    "budget_breaches": 0,
}  # fmt: skip


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (0, "0%"), (1, "100%"), (0.9996, "100.0%"), (0.051, "5.1%")])
def test_rates(value: float | None, text: str) -> None:
    assert format_rate(value) == text


@pytest.mark.parametrize("width", [80, 160])
def test_reliability_fits_and_says_it(width: int) -> None:
    head, row = draw(render_reliability({"items": [GROUP]}, ["workflow"], width), width)
    assert max(cell_len(head), cell_len(row)) <= width
    assert row.split()[:6] == ["refunds", "1,200", "1,100", "93.4%", "1.0%", "5.1%"]
    assert ("4.17" in row) == (width == 160)


def test_coverage() -> None:
    item = {
        "runs": 200, "whole_runs": 196, "runs_without_root": 3, "runs_with_orphans": 2, "orphan_spans": 7,
        "late_spans": 1, "coverage": 0.98,
    }  # fmt: skip
    _, row = draw(render_coverage({"items": [item]}, [], 80), 80)
    assert row.split() == ["everything", "200", "196", "3", "2", "7", "1", "98.0%"]


@pytest.mark.parametrize("width", [80, 160])
def test_comparison_fits(width: int) -> None:
    measure = {
        "measure": "policy_violations_per_1000_runs", "baseline": 1.0, "candidate": 2.5, "change": 1.5,
        "difference_low": 0.5, "difference_high": 2.5, "baseline_n": 1000, "candidate_n": 2000, "verdict": "worse",
        "regressed": True,
    }  # fmt: skip
    unsure = {**measure, "measure": "p95_ms", "change": None, "difference_low": None, "verdict": "too_few"}
    answer = {
        "baseline": {"version": "v1\x1b[31m", "runs": 1000}, "candidate": {"version": "v2", "runs": 2000},
        "measures": [measure, unsure],
    }  # fmt: skip
    head, first, second = draw(render_comparison(answer, width), width)
    assert max(cell_len(line) for line in (head, first, second)) <= width
    assert "\x1b" not in head
    assert first.split()[:4] == ["policy_violations_per_1000_runs", "1.00", "2.50", "+150.0%"]
    assert first.endswith("worse")
    assert second.endswith("too few")
    assert ("+0.5 … +2.5" in first) == (width == 160)


def test_sparks() -> None:
    assert draw_spark([0, 1, None, 7, 3.5], 7) == "▁▂ █▅"
    assert draw_spark([0, 0], 0) == "▁▁"


def test_a_series_shows_gaps() -> None:
    days = {"2026-03-01": 1.0, "2026-03-02": None, "2026-03-04": 2.0}
    items = [{"workflow": "w", "at": f"{day}T00:00:00.000000Z", "usd": usd} for day, usd in days.items()]
    assert len(list_moments(items, "day", 100)) == 4
    assert list_moments(items, "day", 2)[0] == "2026-03-03T00:00:00.000000Z"
    _, row = draw(render_series({"items": items}, ["workflow"], "day", 80, "usd", format_usd), 80)
    assert row.split() == ["w", "▅", "█", "$1.0000", "$2.0000", "$2.0000"]
    assert "▅  █" in row
