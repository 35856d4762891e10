"""The replay tree: readable without colour, at any width, the first failed step pointed at."""

import io
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from runvault.render_replay import print_replay, walk_tree
from runvault.render_said import list_said

Json = dict[str, Any]


NO_BUDGET: Json = {"usd": None, "steps": None, "tool_calls": None, "tokens": None, "breached": False, "breaches": []}


def make_step(number: int, parent: int | None, **fields: Any) -> Json:
    empty = dict.fromkeys(
        ("error_type", "status_message", "model", "tool", "tokens_in", "tokens_out", "price_status", "input", "output",
         "input_messages", "output_messages", "documents")
    )  # fmt: skip
    return {
        "step": number, "parent_step": parent, "type": "other", "name": f"span {number}", "status": "unset",
        "latency_ms": 10.0, "cost_usd": 0.0, "counted": True, "call": True, "retry": False, "orphan": False,
        "side_effects": [], "scores": [], "over_budget": [], **empty, **fields,
    }  # fmt: skip


def make_replay(steps: list[Json], failed: int | None = None, **run: Any) -> Json:
    none = {"first_failed_step": None, "status": None, "reason": None}
    return {
        "run": {
            "run_id": "run-1", "agent": {"name": "refunder", "version": "2"}, "environment": "production",
            "workflow": {"name": "refunds", "version": "v3"}, "started_at": "2026-03-01T12:00:00.000000Z",
            "outcome": {"status": "failure", "reason": "no money", "source": "agent", "at": None},
            "cost": {"usd": 0.5, "model_usd": 0.5, "tool_usd": 0, "review_usd": 0, "unpriced_models": [],
                     "repriced": []},
            "budget": NO_BUDGET, "scores": [], "duration_ms": 1500.0,
            "tokens": {"input": 1200, "output": 30, "cache_read": 200, "cache_write": 0, "reasoning": 0},
            "redaction": {"findings": {"EMAIL": 2}, "failed_closed": 0}, **run,
        },
        "steps": steps,
        "completeness": {"whole": False, "root_seen": True, "orphan_spans": 1, "late_spans": 0},
        "attribution": {"first_failed_step": failed, "status": "error", "reason": "Timeout"} if failed else none,
    }  # fmt: skip


def draw(replay: Json, width: int) -> list[str]:
    file = io.StringIO()
    print_replay(Console(file=file, width=width, color_system=None), replay)
    return file.getvalue().splitlines()


def test_panel_says_the_run_at_a_glance() -> None:
    text = "\n".join(draw(make_replay([make_step(1, None)]), 80))
    for part in ("run-1", "refunder 2", "refunds@v3", "failure", "no money", "$0.5000", "1.50 s", "1,200 in, 30 out",
                 "200 cache read", "NOT WHOLE: 1 orphan spans", "EMAIL 2"):  # fmt: skip
        assert part in text


def test_the_first_failed_step_is_pointed_at_in_words() -> None:
    steps = [make_step(1, None), make_step(2, 1, status="error", error_type="Timeout"), make_step(3, 1)]
    lines = draw(make_replay(steps, failed=2), 80)
    place = next(place for place, line in enumerate(lines) if line.startswith("►"))
    assert lines[place].startswith("►  2 ├─· step span 2")
    assert lines[place].endswith("✗ error")
    assert "▲ FIRST FAILED STEP Timeout" in lines[place + 1]
    assert sum(line.startswith("►") for line in lines) == 1


@pytest.mark.parametrize("width", [60, 80, 160, 240])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = "日本語 words " * 60
    steps = [make_step(1, None, name=long), make_step(2, 1, type="tool_call", tool="t", input=long, output={"a": long})]
    steps += [make_step(number, number - 1, name=long) for number in range(3, 60)]
    lines = draw(make_replay(steps, failed=2), width)
    assert max(map(cell_len, lines)) <= width


def test_numbers_stay_in_their_columns_at_any_depth() -> None:
    steps = [make_step(1, None)] + [make_step(number, number - 1) for number in range(2, 40)]
    lines = [line for line in draw(make_replay(steps), 100) if "span" in line and "ms" in line]
    assert len(lines) == 39
    assert len({line.index(" ms") for line in lines}) == 1


def test_tree_shows_children_right_after_their_parent() -> None:
    steps = [make_step(1, None), make_step(2, 1), make_step(3, 1), make_step(4, 2), make_step(5, None)]
    assert [(step["step"], guide) for step, guide, _ in walk_tree(steps)] == [
        (1, ""), (2, "├─"), (4, "│ └─"), (3, "└─"), (5, ""),
    ]  # fmt: skip


def test_very_deep_runs_are_drawn() -> None:
    steps = [make_step(1, None)] + [make_step(number, number - 1) for number in range(2, 3000)]
    assert len(list(walk_tree(steps))) == 2999


def test_what_was_said() -> None:
    asked = {"role": "user", "parts": [{"type": "text", "content": "refund\nplease"}]}
    parts = [{"type": "tool_call", "name": "refund", "arguments": {"order": 7}}]
    model = make_step(1, None, type="model_call", input_messages=[{"role": "system", "parts": []}, asked],
                      output_messages=[{"role": "assistant", "parts": parts}])  # fmt: skip
    assert list_said(model) == [("in", "user: refund please"), ("out", 'assistant: → refund({"order":7})')]
    approval = {"type": "refund", "required": True, "approved": False, "approver": "lead"}
    decided = make_step(2, 1, type="validator", rule="max", result="deny", decision="deny", reason="too much",
                        side_effects=[{"type": "mail", "id": "m1"}], approval=approval)  # fmt: skip
    assert list_said(decided) == [
        ("rule", "max → deny (too much)"),
        ("person", "refund: refused by lead, required"),
        ("effect", "mail:m1"),
    ]
    odd = make_step(3, 1, input_messages="just text", output_messages=["bare", {"content": "older form"}])
    assert list_said(odd) == [("in", "just text"), ("out", "bare"), ("out", "message: older form")]


def test_a_run_without_steps_says_so() -> None:
    assert draw(make_replay([]), 80)[-1] == "no steps are kept of this run"


def test_a_passed_budget_is_told_at_the_run_and_at_its_step() -> None:
    breach = {"limit": "usd", "at": "2026-03-01T12:00:01.250000Z", "step": 2}
    budget = NO_BUDGET | {"usd": 0.25, "steps": 9, "breached": True, "breaches": [breach]}
    lines = draw(make_replay([make_step(1, None), make_step(2, 1, over_budget=["usd"])], budget=budget), 80)
    text = "\n".join(lines)
    assert "$0.2500  OVER BUDGET at step 2, 12:00:01" in text
    assert "9 steps" in text
    place = next(place for place, line in enumerate(lines) if "▲ OVER BUDGET cost" in line)
    assert "span 2" in lines[place - 1]


def test_old_costs_and_late_scores_stay_visible() -> None:
    score = {"name": "tone", "value": 0.5, "label": None, "explanation": None, "source": "ben", "at": "", "step": None}
    replay = make_replay([make_step(1, None)], scores=[score])
    replay["run"]["cost"]["repriced"] = [
        {"at": "2026-04-01T00:00:00.000000Z", "calls": 3, "usd_before": 0.4, "usd": 0.5, "price_list_before": "list 1",
         "price_list": "list 2"},
    ]  # fmt: skip
    text = "\n".join(draw(replay, 80))
    assert "$0.4000 → $0.5000  on 2026-04-01, list 1 → list 2" in text
    assert "tone 0.5 (by ben)" in text


def test_only_what_is_in_nobodys_sum_is_in_brackets() -> None:
    steps = [
        make_step(1, None, type="agent", counted=False, price_status="unpriced", tokens_in=120, tokens_out=5),
        make_step(2, 1, type="tool_call", tool="pay", counted=False, cost_usd=0.05),
        make_step(3, 1, type="tool_call", tool="pay", counted=False, call=False, cost_usd=0.05),
        make_step(4, 1, type="model_call", model="m", price_status="unpriced", tokens_in=120, tokens_out=5),
    ]
    root, paid, again, call = (line.rstrip() for line in draw(make_replay(steps), 80)[-4:])
    assert root.endswith("(120→5)")
    assert "price" not in root
    assert paid.endswith(" $0.0500")
    assert again.endswith("($0.0500)")
    assert "no price" in call
