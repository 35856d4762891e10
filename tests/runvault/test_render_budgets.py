"""Tables of budgets, models without a price and findings: numbers, and that they fit."""

from typing import Any

import pytest
from rich.cells import cell_len

from runvault.render_budgets import (
    format_bytes,
    render_budgets,
    render_finding_groups,
    render_findings,
    render_unpriced,
)
from tests.runvault.test_render import draw

WIDTHS = [80, 160]
BUDGET: dict[str, Any] = {
    "workflow": "refunds-of-the-northern-region", "version": "2026.11.21", "runs": 120_000, "budgeted_runs": 90_000,
    "breached_runs": 1_800, "breach_rate": 0.02, "breaches": {"usd": 1_500, "tokens": 400},
    "budget_usd": {"allowed": 45_000.0, "spent": 51_000.5, "used": 1.1333, "p95_used": None},
}  # fmt: skip


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_500_000, "1.5 MB"), (2e15, "2000.0 TB")]
)
def test_bytes(count: float, text: str) -> None:
    assert format_bytes(count) == text


@pytest.mark.parametrize("width", WIDTHS)
def test_budgets(width: int) -> None:
    head, row = draw(render_budgets({"items": [BUDGET]}, ["workflow", "version"], width), width)
    assert max(cell_len(head), cell_len(row)) <= width
    assert row.split()[-2:] == ["113.3%", "-"]
    assert row.split()[2:6] == ["120,000", "90,000", "1,800", "2.0%"]
    assert ("$45,000.00" in row) == (width == 160)


@pytest.mark.parametrize("width", WIDTHS)
def test_unpriced(width: int) -> None:
    item = {
        "provider": "acme\x1b[31m", "model": "a-model-with-a-rather-long-name-2026", "spans": 12_345, "runs": 999,
        "tokens": {"input": 123_456_789, "output": 9_876_543}, "first_seen_at": "2026-11-01T10:20:30Z",
        "last_seen_at": "2026-11-21T10:20:30Z",
    }  # fmt: skip
    head, row = draw(render_unpriced({"items": [item]}, width), width)
    assert max(cell_len(head), cell_len(row)) <= width
    assert "\x1b" not in row
    assert "123,456,789" in row
    assert "2026-11-21" in row


@pytest.mark.parametrize("width", WIDTHS)
def test_findings(width: int) -> None:
    summary = {"found": 4, "findings": {"PERSON": 1, "EMAIL_ADDRESS": 3}}
    head, first, second = draw(render_findings(summary, width), width)
    assert first.split()[:3] == ["EMAIL_ADDRESS", "3", "75.0%"]
    assert second.split()[:3] == ["PERSON", "1", "25.0%"]
    item = {"workflow": "w" * 60, "spans": 5_000, "bytes": 20_400_000, "failed_closed": 1, **summary}
    head, row = draw(render_finding_groups({"items": [item]}, ["workflow"], width), width)
    assert max(cell_len(head), cell_len(row)) <= width
    assert "EMAIL_ADDRESS 3" in row
    assert ("PERSON 1" in row) == (width == 160)
