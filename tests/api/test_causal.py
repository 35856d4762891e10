"""Causal order: parents before children, then start time, then span id."""

from typing import Any

from api.causal import place_steps


def make_row(span: str, parent: str, start: int, trace: str = "t") -> dict[str, Any]:
    return {"TraceId": trace, "SpanId": span, "ParentSpanId": parent, "StartedNs": start}


def order(*rows: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(step.row["SpanId"], step.parent) for step in place_steps(rows)]


def test_children_follow_parents_by_start_then_id() -> None:
    rows = [make_row("c", "a", 5), make_row("b", "a", 5), make_row("d", "c", 6), make_row("a", "", 1)]
    assert order(*rows) == [("a", None), ("b", 1), ("c", 1), ("d", 3)]


def test_a_child_that_claims_an_earlier_start_still_follows() -> None:
    assert order(make_row("child", "root", 1), make_row("root", "", 9)) == [("root", None), ("child", 1)]


def test_an_orphan_takes_its_place_by_time() -> None:
    rows = [make_row("root", "", 1), make_row("lost", "gone", 2), make_row("late", "root", 3)]
    assert order(*rows) == [("root", None), ("lost", None), ("late", 1)]


def test_a_ring_is_cut_at_its_earliest_step() -> None:
    rows = [make_row("root", "", 9), make_row("x", "y", 2), make_row("y", "x", 3), make_row("self", "self", 4)]
    assert order(*rows) == [("self", None), ("root", None), ("x", None), ("y", 3)]


def test_traces_of_one_run_do_not_share_span_ids() -> None:
    rows = [make_row("a", "", 1, "t1"), make_row("a", "", 2, "t2"), make_row("b", "a", 3, "t2")]
    assert order(*rows) == [("a", None), ("a", None), ("b", 2)]


def test_nothing_has_no_order() -> None:
    assert order() == []
