"""A house for break-glass tests: people with keys, an opener, a collector that seals, and the API over it all."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.services import Glass, Services
from api.settings import ApiSettings
from collector.decode import JSON
from collector.journal import Journal, JournalSettings
from collector.load import Loader, LoaderSettings
from collector.pipeline import Pipeline, PipelineSettings
from collector.seals import BatchSealer
from redaction.policy_file import default_policy
from redaction.redactor import Redactor
from schema.store import Store
from tests.collector.ingest import keyed_hash
from vault.audit import AuditTrail
from vault.break_glass import BreakGlassRules
from vault.caller import Role
from vault.chain_file import ChainReader
from vault.key_file import KeyRing, change_keys
from vault.keys import Key, make_key
from vault.opener import Opener
from vault.opener_file import change_opener, make_opener, write_opener
from vault.seal_keys import PublicKeys, write_public_keys

PASSPHRASE = "correct horse"
COST = 1 << 4
TRACE = "5b8efff798038103d269b633813fc60c"
MAIL, PHONE, CARD = "ana@example.com", "(212) 555-0123", "4111 1111 1111 1111"
SAID = f"Hi, it is {MAIL}, ring {PHONE}; my card is {CARD} – ça va? ☎"
PEOPLE = {"ada": Role.RESPONDER, "bob": Role.APPROVER, "cleo": Role.APPROVER, "both": None, "vera": Role.VIEWER}

Answer = Any
"""A response of FastAPI's test client, whose type changes with its HTTP library."""

_redactor = Redactor(default_policy(), bytes(range(32)))


@dataclass
class House:
    """One tenant's. `store` may be that of another engine process's copy."""

    store: Store
    tenant: str
    folder: Path
    rules: BreakGlassRules = field(default_factory=BreakGlassRules)
    news: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        opener = make_opener(PASSPHRASE, COST)
        opener.add_days(self.tenant, [datetime.now(UTC).date()])
        write_opener(self.folder / "opener.json", opener)
        self.publish()
        self.keys: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        for name, role in PEOPLE.items():
            self.make_person(name, {Role.RESPONDER, Role.APPROVER} if role is None else {role})

    def make_person(self, name: str, roles: set[Role], tenant: str | None = None, environment: str = "") -> None:
        """A key for somebody."""
        key, text = make_key(Key("", "", tenant or self.tenant, environment, frozenset(roles), name))
        with change_keys(self.folder / "api-keys.json") as keys:
            keys[key.id] = key
        self.keys[name], self.ids[name] = text, key.id

    def publish(self) -> None:
        """Write the public keys for the collector."""
        with change_opener(self.folder / "opener.json") as opener:
            write_public_keys(self.folder / "sealing.json", opener.list_public())

    def collect(self, body: bytes, signal: str = "traces") -> None:
        """One OTLP request, redacted, sealed and loaded."""
        journal = Journal(JournalSettings(self.folder / "journal"), "test")
        sealer = BatchSealer(PublicKeys(self.folder / "sealing.json"))
        pipeline = Pipeline(_redactor, journal, keyed_hash, PipelineSettings(), sealer)
        (pipeline.accept_logs if signal == "logs" else pipeline.accept)(body, JSON, self.tenant)
        journal.close()
        loader = Loader(self.store, LoaderSettings(self.folder / "journal"))
        loader.drain()
        loader.close()

    def client(self, store: Store | None = None, opener: Path | None = None) -> TestClient:
        """The API."""
        tell = self.news.append
        door = Opener(opener or self.folder / "opener.json")
        glass = Glass(self.rules, b"k" * 32, door, lambda news: tell(dict(news)))
        services = Services(
            redact=lambda tenant, text: _redactor.redact(text, tenant).text,
            keys=KeyRing(self.folder / "api-keys.json"),
            trail=AuditTrail(self.folder / "audit"),
            glass=glass,
        )
        app = create_app(store or self.store, ApiSettings(), services)
        return TestClient(app, raise_server_exceptions=False)

    def post(self, who: str, path: str, body: dict[str, Any] | None = None, **kinds: Any) -> Answer:
        """Somebody posts."""
        headers = {"authorization": f"Bearer {self.keys[who]}"}
        return self.client(**kinds).post(f"/v1/break-glass{path}", json=body or {}, headers=headers)

    def get(self, who: str, path: str) -> Answer:
        """Somebody reads."""
        return self.client().get(path, headers={"authorization": f"Bearer {self.keys[who]}"})

    def ask(self, who: str = "ada", **fields: Any) -> str:
        """A new request; its id."""
        body = {"run_id": TRACE, "reason": "refund went wrong", "ticket": "INC-1", **fields}
        answer = self.post(who, "", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def ask_approved(self, **fields: Any) -> str:
        """A request that bob approved."""
        request = self.ask(**fields)
        assert self.post("bob", f"/{request}/approve").status_code == 200
        return request

    def open(self, request: str, who: str = "ada", passphrase: str = PASSPHRASE, **kinds: Any) -> Answer:
        """Open it."""
        return self.post(who, f"/{request}/open", {"passphrase": passphrase}, **kinds)

    def read_trail(self) -> list[tuple[str, str, str, str]]:
        """Key, action, object and detail of every entry."""
        entries = ChainReader(self.folder / "audit").read_after(0, 10**6)
        return [(entry.key_id, entry.action, entry.object, entry.detail) for entry in entries]


def make_trace(said: str = SAID, trace: str = TRACE, spans: int = 1) -> bytes:
    """A trace of model calls that were told something, as OTLP/JSON."""
    now = int(datetime.now(UTC).timestamp()) * 10**9
    made = [
        {
            "traceId": trace, "spanId": f"{number + 1:016x}", "name": "chat", "kind": 3,
            "startTimeUnixNano": str(now + number), "endTimeUnixNano": str(now + number + 10**9),
            "attributes": [
                {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o-mini"}},
                {"key": "gen_ai.input.messages", "value": {"stringValue": json.dumps(
                    [{"role": "user", "parts": [{"type": "text", "content": said}]}], ensure_ascii=False)}},
                {"key": "note", "value": {"stringValue": f"told by {MAIL}"}},
            ],
        }
        for number in range(spans)
    ]  # fmt: skip
    return json.dumps({"resourceSpans": [{"resource": {"attributes": [
        {"key": "service.name", "value": {"stringValue": "desk"}},
        {"key": "deployment.environment.name", "value": {"stringValue": "production"}},
    ]}, "scopeSpans": [{"scope": {"name": "t"}, "spans": made}]}]}).encode()  # fmt: skip
