"""Tables and numbers for people: units, widths, and nothing that steers the terminal."""

import io
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from api.amounts import format_ms, format_usd
from runvault.render import clean_text, draw_bar, render_cost, render_latency, render_runs


def draw(table: Table, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(table)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "$0"), (0.00001, "<$0.0001"), (0.0123, "$0.0123"), (99.5, "$99.5000"), (1234.5, "$1,234.50")],
)
def test_money(value: float | None, text: str) -> None:
    assert format_usd(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), (0.25, "0.25 ms"), (999.4, "999 ms"), (999.6, "1.00 s"), (59_994, "59.99 s"),
        (59_999, "1 m 00 s"), (125_000, "2 m 05 s"), (3_660_000, "1 h 01 m"),
    ],
)  # fmt: skip
def test_durations(value: float | None, text: str) -> None:
    assert format_ms(value) == text


def test_bars_are_in_proportion() -> None:
    assert draw_bar(10, 10, 4) == "████"
    assert draw_bar(5, 10, 4) == "██"
    # 3.5 of 4 cells are 28 eighths; a trace of something still shows
    assert draw_bar(7, 8, 4) == "███▌"
    assert draw_bar(0.0001, 10, 4) == "▏"
    assert draw_bar(0, 10, 4) == draw_bar(None, 10, 4) == ""


def test_control_characters_never_reach_the_terminal() -> None:
    assert clean_text("a\x1b[31mred\r\nb\x07\u202e") == "a [31mred  b"


def cost_item(name: str, **fields: Any) -> dict[str, Any]:
    money = {"total": 3.64, "model": 1.06, "tool": 0.08, "review": 2.5, "wasted": 2.84}
    return {
        "workflow": name, "runs": 10, "outcomes": {"success": 5}, "cost_usd": money, "cost_per_run_usd": 0.364,
        "cost_per_success_usd": 0.728, "p50_cost_usd": 0.12, "p95_cost_usd": 2.54, "unpriced_runs": 0, **fields,
    }  # fmt: skip


@pytest.mark.parametrize("width", [80, 160])
def test_names_are_cut_before_numbers(width: int) -> None:
    lines = draw(render_cost({"items": [cost_item("w" * 200), cost_item("short")]}, ["workflow"], width), width)
    assert all(cell_len(line) <= width for line in lines)
    assert len(lines) == 3
    assert "…" in lines[1]
    for number in ("10", "50%", "$3.6400", "$2.8400", "$0.7280"):
        assert number in lines[1].split()


def test_a_missing_price_is_seen() -> None:
    lines = draw(render_cost({"items": [cost_item("a", unpriced_runs=1)]}, ["workflow"], 80), 80)
    assert "$3.6400+" in lines[1]
    assert "unpriced" in lines[0]


def test_latency_table() -> None:
    item = {
        "tool": "refund", "count": 1200, "errors": 3, "p50_ms": 51.0, "p90_ms": 91.0, "p95_ms": 2000.0,
        "p99_ms": 100.0, "max_ms": 100.0, "p95_first_token_ms": None,
    }  # fmt: skip
    lines = draw(render_latency({"items": [item]}, ["tool"], 80), 80)
    assert lines[1].split() == ["refund", "1,200", "3", "51", "ms", "2.00", "s", "100", "ms", "██████"]


def test_run_ids_are_never_cut() -> None:
    item = {
        "run_id": "f" * 32, "started_at": "2026-03-01T12:00:00.000000Z", "workflow": {"name": "w" * 60, "version": "v"},
        "agent": {"name": "a"}, "outcome": {"status": "success"}, "steps": 3, "errors": 0, "duration_ms": 9.0,
        "cost": {"usd": 0.1, "unpriced_models": []},
    }  # fmt: skip
    assert "f" * 32 in draw(render_runs({"items": [item]}, 80), 80)[1]
