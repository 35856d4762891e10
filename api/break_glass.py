"""Break-glass: asked, approved by somebody else, opened. Each step, and each refusal, is in the audit trail first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from api.answers import Json
from api.glass_events import GlassEvents, count_micros, make_event, make_id, read_now
from api.models import GlassIn
from api.opened import Opening, build_opened, lay_originals, read_seals
from api.problems import InvalidFieldError, NothingSealedError
from api.reading import ReplayRows, read_rows, read_run
from api.routes.context import Context
from api.services import Glass
from api.times import format_time
from schema.errors import NotAllowed, NotNow, RunvaultError, TooOften
from vault.break_glass import (
    APPROVED,
    ASKED,
    OPENED,
    BreakGlassRules,
    Event,
    GlassRequest,
    check_decision,
    check_opening,
    check_rate,
)
from vault.caller import NO_KEY
from vault.opener import Opener

ASK, APPROVE, DENY, OPEN = "break-glass.ask", "break-glass.approve", "break-glass.deny", "break-glass.open"
"""Actions in the audit trail."""
_LISTED = timedelta(days=90)
_HOUR = timedelta(hours=1)


def ask(here: Context, said: GlassIn) -> Json:
    """Ask for the originals of a run. Raises NotAllowed, UnknownRunError, InvalidFieldError, AuditError, StoreError."""
    with _auditing(here, ASK, said.run_id):
        glass = _find_glass(here)
        if said.minutes > glass.rules.longest_minutes:
            raise InvalidFieldError("minutes", f"must be at most {glass.rules.longest_minutes}")
        run = read_run(here.reader, said.run_id)
    event = Event(
        tenant=here.caller.tenant,
        environment=run["Environment"],
        request_id=make_id(),
        event_id=make_id(),
        at=read_now(),
        kind=ASKED,
        key_id=here.caller.key_id,
        run_id=said.run_id,
        reason=here.services.redact(here.caller.tenant, said.reason),
        ticket=here.services.redact(here.caller.tenant, said.ticket),
        minutes=said.minutes,
    )
    here.audit(ASK, said.run_id, f"request {event.request_id}, ticket {event.ticket}: {event.reason}")
    GlassEvents(here.reader, glass).add(event)
    return build_request(GlassRequest(event, (), None, ()), glass.rules, event.at)


def decide(here: Context, request_id: str, kind: str) -> Json:
    """Approve or deny. Raises NotAllowed, NotNow, UnknownRequestError, AuditError, StoreError."""
    action = APPROVE if kind == APPROVED else DENY
    with _auditing(here, action, request_id):
        glass = _find_glass(here)
        events = GlassEvents(here.reader, glass)
        request = events.find(request_id)
        check_decision(request, here.caller.key_id, glass.rules, read_now())
    here.audit(action, request_id, f"run {request.asked.run_id}")
    events.add(make_event(request.asked, kind, here.caller.key_id))
    return build_request(events.find(request_id), glass.rules, read_now())


def open_run(here: Context, request_id: str, passphrase: str | None) -> Json:
    """The replay of the run with its originals in place.

    An opening counts, and is in the trail, before anything is decrypted. Raises NotAllowed, NotNow, TooOften,
    SealError, NothingSealedError, UnknownRequestError, AuditError, StoreError.
    """
    with _auditing(here, OPEN, request_id):
        glass = _find_glass(here)
        events = GlassEvents(here.reader, glass)
        request = events.find(request_id)
        now = read_now()
        check_opening(request, here.caller.key_id, glass.rules, now)
        check_rate(events.list_openings(here.caller.key_id, now - _HOUR), glass.rules, now)
        if glass.opener is None:
            raise NotNow("this service has no opener's key file (opener.file), so it can open nothing")
        here.audit(OPEN, request_id, f"run {request.asked.run_id}")
        opened = make_event(request.asked, OPENED, here.caller.key_id)
        events.add(opened)
        rows, opening = _open_seals(here, request, glass.opener, passphrase)
    request = replace(request, openings=(*request.openings, opened))
    return {"break_glass": build_request(request, glass.rules, now), **build_opened(rows, opening)}


def list_requests(here: Context) -> list[Json]:
    """Requests of the last 90 days, newest first. Raises NotAllowed, NotNow, StoreError."""
    glass = _find_glass(here)
    now = read_now()
    found = GlassEvents(here.reader, glass).list_since(now - _LISTED)
    return [build_request(request, glass.rules, now) for request in found]


def show_request(here: Context, request_id: str) -> Json:
    """One request. Raises UnknownRequestError, NotAllowed, NotNow, StoreError."""
    glass = _find_glass(here)
    return build_request(GlassEvents(here.reader, glass).find(request_id), glass.rules, read_now())


def build_request(request: GlassRequest, rules: BreakGlassRules, now: datetime) -> Json:
    """A request as the API shows it."""
    asked, closes = request.asked, request.closes_at(rules)
    return {
        "id": asked.request_id,
        "run_id": asked.run_id,
        "environment": asked.environment,
        "state": str(request.find_state(rules, now)),
        "reason": asked.reason,
        "ticket": asked.ticket,
        "minutes": asked.minutes,
        "asked": _sign(asked),
        "approvals": [_sign(event) for event in request.approvals],
        "approvals_needed": rules.approvals,
        "denied": _sign(request.denial) if request.denial else None,
        "opens_until": _format(closes) if closes else None,
        "openings": [_sign(event) for event in request.openings],
    }


def _open_seals(
    here: Context, request: GlassRequest, opener: Opener, passphrase: str | None
) -> tuple[ReplayRows, Opening]:
    """The rows of a run with all laid in that opens. Raises the first error when nothing does."""
    unlocked = opener.unlock(passphrase)
    rows = read_rows(here.reader, request.asked.run_id, here.settings.max_replay_steps)
    seals, records = read_seals(here.reader, rows)
    if not seals:
        raise NothingSealedError
    opening = lay_originals(rows, seals, records, unlocked)
    if len(opening.failures) == opening.seals:
        raise opening.failures[0][1]
    for (trace, span), error in opening.failures:
        here.audit(OPEN, f"{trace}/{span}", _tell_refusal(error))
    return rows, opening


def _find_glass(here: Context) -> Glass:
    """What break-glass needs. Raises NotAllowed where everybody is the same caller, NotNow where there is none."""
    if here.caller.key_id == NO_KEY:
        raise NotAllowed(
            "break-glass needs API keys: without them everybody is one caller, and nobody else could approve;"
            " make some with runvault keys create"
        )
    if here.services.glass is None:
        raise NotNow("this service has no break-glass")
    return here.services.glass


@contextmanager
def _auditing(here: Context, action: str, name: str) -> Iterator[None]:
    """Write a refusal into the trail before it is answered."""
    try:
        yield
    except RunvaultError as error:
        if not error.retryable or isinstance(error, TooOften):
            here.audit(action, name, _tell_refusal(error))
        raise


def _tell_refusal(error: RunvaultError) -> str:
    return f"refused: {type(error).__name__}" + (f": {error}" if str(error) else "")


def _sign(event: Event) -> Json:
    return {"by": event.key_id, "at": _format(event.at)}


def _format(at: datetime) -> str:
    return format_time(count_micros(at) * 1000)
