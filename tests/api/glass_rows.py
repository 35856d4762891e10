"""Break-glass by hand: a seal of a step, and a request that is approved, without the way that leads there."""

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

from api.glass_events import GlassEvents, make_event, make_id, read_now
from api.queries.reader import TenantReader
from api.services import Glass
from schema.originals import Change, Original, SpanOriginals
from schema.store import Store
from tests.api.rows import make_step
from vault.break_glass import APPROVED, ASKED, BreakGlassRules, Event
from vault.opener import Opener
from vault.opener_file import make_opener, write_opener
from vault.seal import seal_spans
from vault.seal_keys import PublicKeys, write_public_keys

PASSPHRASE = "correct horse"


def make_glass(folder: Path, tenant: str, approvals: int = 1) -> Glass:
    """Break-glass with an opener that has today's key of the tenant, and its passphrase."""
    opener = make_opener(PASSPHRASE, 1 << 4)
    opener.add_days(tenant, [datetime.now(UTC).date()])
    write_opener(folder / "opener.json", opener)
    write_public_keys(folder / "sealing.json", opener.list_public())
    door = Opener(folder / "opener.json", lambda: PASSPHRASE)
    return Glass(BreakGlassRules(approvals=approvals), b"k" * 32, door)


def seal_step(store: Store, folder: Path, tenant: str, run: str, original: str) -> None:
    """A seal of the run's first step."""
    step = make_step(tenant, run, 1)
    originals = [Original("InputMessages", (), 0, (Change(0, 1, original),))]
    span = SpanOriginals(tenant, step["TraceId"], step["SpanId"], "", originals)
    (seal,) = seal_spans([span], PublicKeys(folder / "sealing.json"), datetime.now(UTC).date())
    names = ("Tenant", "Environment", "RetentionClass", "TraceId", "SpanId")
    store.command(
        "INSERT INTO sealed_originals (Tenant, Environment, RetentionClass, TraceId, SpanId, Day, Sealed)"
        " SELECT {Tenant:String}, {Environment:String}, {RetentionClass:String}, {TraceId:String}, {SpanId:String},"
        " {Day:Date}, base64Decode({Sealed:String})",
        {**{name: step[name] for name in names}, "Day": step["Day"], "Sealed": b64encode(seal).decode()},
    )


def add_request(store: Store, glass: Glass, tenant: str, run: str, key_id: str, approved: bool) -> str:
    """A request for a run in production by this key; its id."""
    asked = Event(tenant, "production", make_id(), make_id(), read_now(), ASKED, key_id, run, "why", "INC-1", 60)
    events = GlassEvents(TenantReader(store, tenant), glass)
    events.add(asked)
    for number in range(glass.rules.approvals if approved else 0):
        events.add(make_event(asked, APPROVED, f"approver-{number}"))
    return asked.request_id
