"""Break-glass: who may open originals, when and how often. Rules only; what happened comes in as events.

    asked ─▶ approved by enough others ─▶ opened, as often as the rules say, until the window closes
       └──▶ denied                 └──▶ (nobody approves in time: over)

A request is the sum of its events. Each event carries a keyed hash, so that who writes into the store by hand can
neither approve a request nor lengthen one.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schema.errors import NotAllowed, NotNow, TooOften

ASKED, APPROVED, DENIED, OPENED = "asked", "approved", "denied", "opened"
_HOUR = timedelta(hours=1)


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class BreakGlassRules:
    """How many others must approve; the longest window and waiting time; how often one key may open."""

    approvals: int = 1
    longest_minutes: int = 480
    pending_minutes: int = 1440
    openings_per_hour: int = 20


@dataclass(frozen=True, slots=True)
class Event:
    """Something done with a request. What was asked for stands on the first event only."""

    tenant: str
    environment: str
    request_id: str
    event_id: str
    at: datetime
    kind: str
    key_id: str
    run_id: str = ""
    reason: str = ""
    ticket: str = ""
    minutes: int = 0

    def sign(self, key: bytes) -> str:
        """The keyed hash of the event."""
        fields = {**asdict(self), "at": self.at.isoformat()}
        content = json.dumps(list(fields.values()), separators=(",", ":"))
        return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()

    def is_signed(self, mac: str, key: bytes) -> bool:
        """Whether the hash was made under this key."""
        return hmac.compare_digest(self.sign(key), mac)


@dataclass(frozen=True, slots=True)
class GlassRequest:
    """A request as its events make it."""

    asked: Event
    approvals: tuple[Event, ...]
    denial: Event | None
    openings: tuple[Event, ...]

    def find_approval(self, rules: BreakGlassRules) -> Event | None:
        """The approval that made it enough: with it the window opens. Only the first of each approver counts."""
        others: set[str] = set()
        for event in self.approvals:
            if event.key_id != self.asked.key_id:
                others.add(event.key_id)
                if len(others) >= rules.approvals:
                    return event
        return None

    def closes_at(self, rules: BreakGlassRules) -> datetime | None:
        """When the window closes; None when it never opened."""
        approval = self.find_approval(rules)
        minutes = min(self.asked.minutes, rules.longest_minutes)
        return None if approval is None else approval.at + timedelta(minutes=minutes)

    def find_state(self, rules: BreakGlassRules, now: datetime) -> State:
        """Where it stands now."""
        if self.denial is not None:
            return State.DENIED
        closes = self.closes_at(rules)
        if closes is not None:
            return State.APPROVED if now < closes else State.OVER
        waits_until = self.asked.at + timedelta(minutes=rules.pending_minutes)
        return State.PENDING if now < waits_until else State.OVER


def fold_request(events: Iterable[Event]) -> GlassRequest | None:
    """The request that these events tell of; None without the one that asks."""
    ordered = sorted(events, key=lambda event: (event.at, event.event_id))
    by_kind: dict[str, list[Event]] = {}
    for event in ordered:
        by_kind.setdefault(event.kind, []).append(event)
    asked = by_kind.get(ASKED)
    if not asked:
        return None
    denials = by_kind.get(DENIED, [])
    approvals, openings = tuple(by_kind.get(APPROVED, ())), tuple(by_kind.get(OPENED, ()))
    return GlassRequest(asked[0], approvals, denials[0] if denials else None, openings)


def check_decision(request: GlassRequest, key_id: str, rules: BreakGlassRules, now: datetime) -> None:
    """Whether this key may approve or deny now. Raises NotAllowed, NotNow."""
    if key_id == request.asked.key_id:
        raise NotAllowed("who asked cannot decide; somebody else with the role approver has to")
    state = request.find_state(rules, now)
    if state is not State.PENDING:
        raise NotNow(f"the request is {state} already")
    if any(event.key_id == key_id for event in request.approvals):
        raise NotNow("this key has approved already; another one has to")


def check_opening(request: GlassRequest, key_id: str, rules: BreakGlassRules, now: datetime) -> None:
    """Whether this key may open now. Raises NotAllowed, NotNow."""
    if key_id != request.asked.key_id:
        raise NotAllowed("only who asked may open")
    state = request.find_state(rules, now)
    if state is State.PENDING:
        raise NotNow(f"the request waits for approval: {len(request.approvals)} of {rules.approvals}")
    if state is State.DENIED:
        raise NotNow("the request was denied")
    closes = request.closes_at(rules)
    if state is State.OVER and closes is not None:
        raise NotNow(f"the window is over since {closes.isoformat(timespec='seconds')}; ask again")
    if state is State.OVER:
        raise NotNow("nobody approved the request in time; ask again")


def check_rate(openings: Sequence[datetime], rules: BreakGlassRules, now: datetime) -> None:
    """Whether one more opening is within the rate, after those of the same key. Raises TooOften."""
    recent = sorted(at for at in openings if at > now - _HOUR)
    if len(recent) >= rules.openings_per_hour:
        wait = recent[len(recent) - rules.openings_per_hour] + _HOUR - now
        raise TooOften(f"this key has opened {len(recent)} times in the last hour", max(1, round(wait.total_seconds())))
