"""The pages: what they show, whom they show it to, and that nothing in a span can become a part of them."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.view import MOST_TEXT, view_steps
from api.services import Services
from api.settings import ApiSettings
from schema.store import Store
from tests.api.rows import BASE_NS, SECOND, insert_rows, make_payload, make_run, make_step
from vault.audit import AuditTrail
from vault.caller import Role
from vault.key_file import KeyRing, change_keys
from vault.keys import Key, make_key

pytestmark = pytest.mark.engine

EVIL = "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>\"'&"
MESSAGE = '[{"role":"%s","parts":[{"type":"text","content":"%s"}]}]'


_TAGS = """html head meta title style body nav h1 h2 dl dt dd a span div mark form input button table thead tbody tr th
td p svg rect strong details summary pre"""
TAGS = set(_TAGS.split())


class Markup(HTMLParser):
    """All tags and attributes of a page, as a browser would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def put_run(store: Store, tenant: str, run_id: str = "run/a b?c", **fields: object) -> None:
    """A run of an agent, a model call that says something, and a tool call that fails."""
    insert_rows(store, "runs", [make_run(tenant, run_id, Workflow="refunds", Version="2", Steps=3, **fields)])
    steps = [
        make_step(tenant, run_id, 1, Duration=10 * SECOND),
        make_step(tenant, run_id, 2, StepType="model_call", Model="gpt-x", InputTokens=1200, OutputTokens=7),
        make_step(
            tenant, run_id, 3, StepType="tool_call", ToolName="pay", StatusCode="Error", ErrorType="Boom", IsFailure=1,
            Timestamp=BASE_NS + 6 * SECOND, SpanName=EVIL,
        ),
    ]  # fmt: skip
    insert_rows(store, "steps", steps)
    heard, answered = MESSAGE % ("user", "I am <PERSON_abc>"), MESSAGE % ("assistant", "so be it")
    said = [
        make_payload(tenant, run_id, 2, InputMessages=heard, OutputMessages=answered),
        make_payload(tenant, run_id, 3, ToolArguments='{"usd":5}', ToolResult=EVIL),
    ]
    insert_rows(store, "span_payloads", said)


def test_a_replay_shows_the_run(client: TestClient, store: Store, tenant: str) -> None:
    put_run(store, tenant, OutcomeStatus="failure", OutcomeReason="no money")
    (link,) = re.findall(r'href="(/runs/[^"?]+)"', client.get("/runs").text)
    page = client.get(link)
    assert page.status_code == 200
    for text in ("refunds@2", "no money", "gpt-x", "1,200 → 7", "so be it", "&#34;usd&#34;: 5", "Boom"):
        assert text in page.text, text
    assert "<mark>&lt;PERSON_abc&gt;</mark>" in page.text
    assert 'First failed step: <a href="#step-3">3</a>. Boom' in page.text
    # the run takes ten seconds from its first step's start; the third begins 5 s in and takes 1 s
    assert '<rect x="500" y="1" width="100"' in page.text


def test_nothing_of_a_span_becomes_markup(client: TestClient, store: Store, tenant: str) -> None:
    put_run(store, tenant, "evil", OutcomeReason=EVIL, Agent=EVIL, UserId=EVIL, SideEffects=[f"refund:{EVIL}"])
    for path in ("/runs", "/runs/evil", f"/runs?workflow={EVIL}", f"/runs/{EVIL}"):
        page = client.get(path)
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        found = Markup()
        found.feed(page.text)
        assert found.tags <= TAGS
        assert not {name for name, _ in found.attributes if name.startswith("on") or name in ("src", "style")}
        assert all(value[0] in "/#" for name, value in found.attributes if name in ("href", "action"))


def test_the_style_is_the_one_that_is_allowed(client: TestClient) -> None:
    page = client.get("/runs")
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.S)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.headers["content-security-policy"]


def test_the_list_takes_filters_and_pages(client: TestClient, store: Store, tenant: str) -> None:
    runs = [make_run(tenant, f"r{n}", Workflow=f"w{n % 2}", StartedAt=BASE_NS + n * SECOND) for n in range(6)]
    insert_rows(store, "runs", runs)
    page = client.get("/runs", params={"workflow": "w1", "limit": "2", "version": ""})
    assert re.findall(r">(r\d)</a>", page.text) == ["r5", "r3"]
    (older,) = re.findall(r'href="(/runs\?[^"]+)"', page.text)
    assert re.findall(r">(r\d)</a>", client.get(older.replace("&amp;", "&")).text) == ["r1"]
    assert client.get("/", follow_redirects=False).headers["location"] == "/runs"


@pytest.mark.parametrize(
    ("query", "field"), [("since=noon", "since"), ("cursor=x", "cursor"), ("nothing=1", "nothing")]
)
def test_a_mistake_is_named_without_its_value(client: TestClient, query: str, field: str) -> None:
    page = client.get(f"/runs?{query}")
    assert page.status_code == 422
    assert f"{field} is wrong" in page.text
    assert "noon" not in page.text


def test_an_unknown_run_is_not_found(client: TestClient) -> None:
    page = client.get("/runs/none")
    assert (page.status_code, "No run has this id" in page.text) == (404, True)


def test_a_page_has_an_end() -> None:
    step: dict[str, Any] = {
        "type": "model_call", "parent_step": None, "started_at": "2026-03-01T12:00:00Z", "latency_ms": 1.0,
        "error_type": None, "status_message": None, "side_effects": [], "system_instructions": None,
        "input_messages": "x" * 30_000, "output_messages": None, "input": None, "output": None, "documents": None,
        "scores": [], "attributes": {},
    }  # fmt: skip
    steps = [{**step, "step": number} for number in range(1, 201)]
    views = view_steps({"steps": steps, "attribution": {"first_failed_step": None}})
    assert (len(views), views[0].said[0].cut) == (200, 10_000)
    assert sum(len(said.text) for view in views for said in view.said) <= MOST_TEXT
    assert views[-1].withheld


@pytest.fixture
def kept(store: Store, tenant: str, tmp_path: Path) -> Iterator[tuple[TestClient, str, AuditTrail]]:
    """The API with a viewer's key."""
    key, text = make_key(Key("", "", tenant, "", frozenset({Role.VIEWER})))
    with change_keys(tmp_path / "api-keys.json") as keys:
        keys[key.id] = key
    trail = AuditTrail(tmp_path / "audit")
    services = Services(trail=trail, keys=KeyRing(tmp_path / "api-keys.json", loopback=True))
    with TestClient(create_app(store, ApiSettings(default_tenant=tenant), services)) as opened:
        yield opened, text, trail


def test_a_browser_gives_its_key_as_a_password(
    kept: tuple[TestClient, str, AuditTrail], store: Store, tenant: str
) -> None:
    client, key, _ = kept
    put_run(store, tenant, "mine")
    assert client.get("/runs").headers["www-authenticate"].startswith("Basic ")
    assert "mine" in client.get("/runs", auth=("anybody", key)).text
    assert client.get("/runs/mine", auth=("", key)).status_code == 200
    for wrong in (("x", key[:-1]), ("x", ""), (key, "")):
        assert client.get("/runs", auth=wrong).status_code == 401
    for header in ("Basic", "Basic !", "Basic " + b64encode(b"\xff\xfe").decode(), f"Digest {key}"):
        assert client.get("/runs", headers={"authorization": header}).status_code == 401


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/runs/mine/replay", "/metrics", "/runsx", "/v1/audit"])
def test_elsewhere_a_password_is_no_key(kept: tuple[TestClient, str, AuditTrail], path: str) -> None:
    client, key, _ = kept
    answer = client.get(path, auth=("anybody", key))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_page_read_is_in_the_trail(
    kept: tuple[TestClient, str, AuditTrail], store: Store, tenant: str, tmp_path: Path
) -> None:
    client, key, _ = kept
    put_run(store, tenant, "seen")
    client.get("/runs/seen", auth=("", key))
    written = "".join(path.read_text() for path in (tmp_path / "audit").rglob("*") if path.is_file())
    assert '"run.replay"' in written
    assert '"seen"' in written
