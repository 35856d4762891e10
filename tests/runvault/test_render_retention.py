"""What people see of retention: at 80 columns and wide, with what is wrong standing out."""

from typing import Any

import pytest
from rich.console import Console

from runvault.render_retention import (
    count_things,
    format_bytes,
    render_due,
    render_erasure,
    render_holdings,
    tell_files,
    tell_verdict,
)


def draw(what: Any, width: int = 80) -> str:
    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def make_item(**fields: Any) -> dict[str, Any]:
    return {
        "environment": "production", "class": "payloads", "mode": "redacted+sealed", "lifetime_days": 30,
        "configured_days": 30, "kept_since": "2026-10-22", "oldest_day": "2026-10-22", "rows": 1_234_567,
        "bytes": 2_345_678_901, "cold_bytes": 0, "overdue_rows": 0, **fields,
    }  # fmt: skip


def make_answer(*items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    policy = {"in_force_since": "2026-11-21T09:00:00Z", "applied_by": "first start", "pending": False}
    return {"items": list(items), "files": [], "policy": policy, "holds": True, **fields}


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_949, "99.9 kB"), (999_600, "1.0 MB"), (5 * 10**15, "5000 TB")],
)
def test_bytes_are_in_the_unit_people_would_use(size: int, text: str) -> None:
    assert format_bytes(size) == text


def test_one_thing_and_two() -> None:
    assert [count_things(number, "run") for number in (0, 1, 2000)] == ["0 runs", "1 run", "2,000 runs"]


def test_a_line_per_class_fits_eighty_columns() -> None:
    item = make_item(environment="a-very-long-name-of-an-environment-that-somebody-chose")
    text = draw(render_holdings(make_answer(item, make_item(**{"class": "steps", "lifetime_days": 180})), 80))
    assert all(len(line) <= 80 for line in text.splitlines())
    assert text.splitlines()[1].split()[1:] == ["payloads", "30", "2026-10-22", "1,234,567", "2.3", "GB", "0"]
    assert "180→30" in text, "a lifetime that is about to change"


def test_wide_it_tells_mode_and_cold_bytes() -> None:
    text = draw(render_holdings(make_answer(make_item(cold_bytes=1000)), 140), 140)
    assert "redacted+sealed" in text
    assert "1.0 kB" in text


def test_classes_without_an_environment_are_left_out_when_empty() -> None:
    items = [make_item(environment="", rows=0), make_item(environment="", rows=2, **{"class": "audit"})]
    text = draw(render_holdings(make_answer(*items), 80))
    assert [line.split()[:2] for line in text.splitlines()[1:]] == [["(none)", "audit"]]


def test_the_verdict() -> None:
    assert "nothing is older than allowed" in "".join(map(str, tell_verdict(make_answer())))
    policy = {"in_force_since": "2026-11-21T09:00:00Z", "applied_by": "\x1b[31mk1", "pending": True}
    lines = [str(line) for line in tell_verdict(make_answer(policy=policy, holds=False))]
    assert "something is older than allowed" in lines[-1]
    assert "apply --dry-run" in lines[1]
    assert "\x1b" not in lines[0]


def test_files_are_told_where_there_are_some() -> None:
    files = [
        {"place": "waiting", "files": 0, "bytes": 0, "oldest": None, "overdue_files": 0},
        {"place": "dead", "files": 1, "bytes": 10, "oldest": "2026-10-01T12:30:00Z", "overdue_files": 1},
    ]
    lines = [str(line) for line in tell_files(make_answer(files=files))]
    assert lines == ["dead: 1 file, 10 B, the oldest of 2026-10-01 12:30 UTC, 1 older than allowed"]


def test_what_goes_is_summed_by_table() -> None:
    due = {"class": "steps", "table": "steps", "day": "2026-05-02", "rows": 10, "bytes": 500, "whole_partition": True}
    items = [due, {**due, "day": "2026-05-01", "rows": 5, "whole_partition": False}]
    lines = draw(render_due({"items": items}, 80)).splitlines()
    assert lines[1].split() == ["steps", "steps", "2", "1", "15", "1.0", "kB", "2026-05-01"]


def test_what_lies_in_the_journal_is_told_with_an_erasure() -> None:
    text = draw(render_erasure({"rows": {"steps": 3}, "files": {"dead": 2, "waiting": 0}}))
    assert "journal: dead" in text
    assert "waiting" not in text
