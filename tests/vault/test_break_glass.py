"""The rules of break-glass, event by event and minute by minute."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import BreakGlassError, NotAllowed, NotNow, TooOften
from vault.break_glass import (
    APPROVED,
    ASKED,
    DENIED,
    OPENED,
    BreakGlassRules,
    Event,
    GlassRequest,
    State,
    check_decision,
    check_opening,
    check_rate,
    fold_request,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RULES = BreakGlassRules(approvals=1, longest_minutes=120, pending_minutes=60, openings_per_hour=2)
KEY = bytes(range(32))


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def event(kind: str, who: str, at: float = 0, **fields: object) -> Event:
    made = Event("acme", "production", "r1", f"{kind}-{who}-{at}", after(at), kind, who)
    return replace(made, **fields)  # type: ignore[arg-type]


def request(*events: Event, minutes: int = 30) -> GlassRequest:
    found = fold_request([event(ASKED, "ada", run_id="run", reason="why", ticket="T", minutes=minutes), *events])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("events", "at", "state"),
    [
        ([], 0, State.PENDING),
        ([], 59.9, State.PENDING),
        ([], 60, State.OVER),  # nobody approved within the hour
        ([event(APPROVED, "bob", 50)], 50, State.APPROVED),
        ([event(APPROVED, "bob", 50)], 79.9, State.APPROVED),  # 30 minutes from the approval on
        ([event(APPROVED, "bob", 50)], 80, State.OVER),
        ([event(APPROVED, "ada", 1)], 2, State.PENDING),  # her own counts for nothing
        ([event(DENIED, "bob", 1), event(APPROVED, "cleo", 2)], 3, State.DENIED),
    ],
)
def test_states(events: list[Event], at: float, state: State) -> None:
    assert request(*events).find_state(RULES, after(at)) is state


def test_two_approvals_are_of_two_others() -> None:
    rules = replace(RULES, approvals=2)
    twice = request(event(APPROVED, "bob", 1), event(APPROVED, "bob", 2))
    assert twice.find_state(rules, after(3)) is State.PENDING
    both = request(event(APPROVED, "bob", 1), event(APPROVED, "cleo", 5))
    assert both.closes_at(rules) == after(35)  # from the second on


def test_a_window_is_cut_to_the_longest_of_the_settings() -> None:
    """They may have been made stricter since it was asked for."""
    assert request(event(APPROVED, "bob", 0), minutes=600).closes_at(RULES) == after(120)


def test_decisions() -> None:
    check_decision(request(), "bob", RULES, after(1))
    with pytest.raises(NotAllowed, match="somebody else"):
        check_decision(request(), "ada", RULES, after(1))
    with pytest.raises(NotNow, match="over already"):
        check_decision(request(), "bob", RULES, after(61))
    with pytest.raises(NotNow, match="approved already"):
        check_decision(request(event(APPROVED, "bob", 1)), "cleo", RULES, after(2))
    with pytest.raises(NotNow, match="this key has approved"):
        check_decision(request(event(APPROVED, "bob", 1)), "bob", replace(RULES, approvals=2), after(2))


def test_openings() -> None:
    approved = request(event(APPROVED, "bob", 1))
    check_opening(approved, "ada", RULES, after(30))
    for found, who, at, kind, words in [
        (approved, "bob", 2, NotAllowed, "only who asked"),
        (approved, "ada", 31, NotNow, "the window is over since 2026-11-21T12:31:00"),
        (request(), "ada", 2, NotNow, "waits for approval: 0 of 1"),
        (request(), "ada", 99, NotNow, "nobody approved"),
        (request(event(DENIED, "bob", 1)), "ada", 2, NotNow, "denied"),
    ]:
        with pytest.raises(kind, match=words):
            check_opening(found, who, RULES, after(at))


def test_the_rate_is_by_the_hour_and_says_when_again() -> None:
    check_rate([after(-61), after(-10)], RULES, NOON)
    with pytest.raises(TooOften) as refused:
        check_rate([after(-50), after(-10)], RULES, NOON)
    assert refused.value.retry_after_s == 600  # the first of the two is an hour old in ten minutes
    check_rate([after(-50), after(-10)], RULES, after(10))


def test_a_signature_holds_for_one_event_under_one_key() -> None:
    made = event(APPROVED, "bob", 1)
    mac = made.sign(KEY)
    assert made.is_signed(mac, KEY)
    assert not made.is_signed(mac, bytes(32))
    for name, other in [
        ("tenant", "x"), ("environment", "x"), ("request_id", "x"), ("event_id", "x"), ("at", after(2)), ("kind", "x"),
        ("key_id", "x"), ("run_id", "x"), ("reason", "x"), ("ticket", "x"), ("minutes", 1),
    ]:  # fmt: skip
        assert not replace(made, **{name: other}).is_signed(mac, KEY), name  # type: ignore[arg-type]


_EVENTS = st.lists(
    st.builds(
        event,
        st.sampled_from([APPROVED, DENIED, OPENED]),
        st.sampled_from(["ada", "bob", "cleo"]),
        st.integers(0, 200),
    ),
    max_size=8,
)


@given(_EVENTS, st.integers(0, 300), st.integers(1, 2))
def test_nothing_opens_without_enough_others_in_time(events: list[Event], at: int, approvals: int) -> None:
    """Whatever the events: she can open only with approvals of others before, none denied, within her minutes."""
    rules = replace(RULES, approvals=approvals)
    found = request(*events)
    try:
        check_opening(found, "ada", rules, after(at))
    except BreakGlassError:
        return
    firsts: dict[str, datetime] = {}
    for one in sorted(events, key=lambda one: one.at):
        if one.kind == APPROVED and one.key_id != "ada":
            firsts.setdefault(one.key_id, one.at)
    assert len(firsts) >= approvals
    assert after(at) < sorted(firsts.values())[approvals - 1] + timedelta(minutes=30)
    assert not [one for one in events if one.kind == DENIED]


def test_events_in_any_order_make_one_request() -> None:
    events = [event(ASKED, "ada", minutes=5), event(APPROVED, "bob", 1), event(OPENED, "ada", 2)]
    assert fold_request(events) == fold_request(reversed(events))
    assert fold_request(events[1:]) is None
