"""Every route by every role, no key, wrong, expired and revoked keys, another tenant, another environment. The routes
come from the OpenAPI document, so a new one without an expectation here fails (issue 6, acceptance 1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from collector.pricing import PriceBook
from collector.repricing import Repricer
from schema.store import Store
from tests.api.rows import insert_rows, make_payload, make_run, make_step, trace_id
from vault.audit import AuditTrail
from vault.audit_keeper import AuditKeeper, KeeperSettings
from vault.caller import ALL_ROLES, Role
from vault.key_file import KeyRing, change_keys
from vault.keys import Key, make_key

pytestmark = pytest.mark.engine

RUN = "the-run"


@dataclass(frozen=True, slots=True)
class Expected:
    """Who may ask a route (nobody named: everybody, without a key), and how it is asked. `of_run`: about one run."""

    roles: frozenset[Role] = frozenset()
    parameters: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    of_run: bool = False


def may(*roles: Role, **how: Any) -> Expected:
    """A route for these roles."""
    return Expected(frozenset(roles), **how)


OPEN = Expected()
VIEWER, ADMIN = may(Role.VIEWER), may(Role.ADMIN)
BY_WORKFLOW = {"group_by": "workflow"}
ROUTES: dict[str, Expected] = {
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": VIEWER,
    "GET /v1/runs": VIEWER,
    "GET /v1/runs/{run_id}": may(Role.VIEWER, of_run=True),
    "GET /v1/runs/{run_id}/replay": may(Role.VIEWER, of_run=True),
    "GET /v1/runs/{a}/diff/{b}": may(Role.VIEWER, of_run=True),
    "POST /v1/runs/{run_id}/scores": may(Role.INGEST, Role.RESPONDER, body={"name": "x", "value": 1}, of_run=True),
    "GET /v1/costs/reprice": may(Role.ADMIN, parameters={"since": "2026-01-01"}),
    "POST /v1/costs/reprice": may(Role.ADMIN, body={"since": "2026-01-01", "apply": True}),
    "POST /v1/runs/{run_id}/outcome": may(Role.INGEST, Role.RESPONDER, body={"status": "failure"}, of_run=True),
    "GET /v1/analytics/cost-per-outcome": may(Role.VIEWER, parameters=BY_WORKFLOW),
    "GET /v1/analytics/latency": may(Role.VIEWER, parameters=BY_WORKFLOW),
    "GET /v1/analytics/unpriced-models": VIEWER,
    "GET /v1/analytics/redaction": VIEWER,
    "GET /v1/analytics/reliability": may(Role.VIEWER, parameters=BY_WORKFLOW),
    "GET /v1/analytics/coverage": may(Role.VIEWER, parameters=BY_WORKFLOW),
    "GET /v1/analytics/compare": may(
        Role.VIEWER, parameters={"baseline": "version=secret-of-acme", "candidate": "version=v2"}
    ),
    "GET /v1/audit": ADMIN,
    "GET /v1/audit/verify": ADMIN,
    "GET /v1/audit/export": ADMIN,
    "GET /v1/audit/heads": ADMIN,
}
SECRET = "secret-of-acme"
"""Stands in everything that belongs to the tenant."""
TELLING = {route for route, how in ROUTES.items() if how.of_run or how.roles == {Role.VIEWER}} - {
    "GET /metrics",
    "GET /v1/analytics/redaction",
}
"""Routes that show it to its tenant, as they are asked here; the others count only."""


def list_routes() -> list[str]:
    """Method and path of every route, from the OpenAPI document."""
    paths = create_app(cast(Store, None), ApiSettings()).openapi()["paths"]
    return sorted(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


@dataclass(slots=True)
class House:
    """The API with keys, and a tenant with one run in production."""

    client: TestClient
    keys: Path
    tenant: str

    def make_key(self, *roles: Role, **fields: Any) -> str:
        """A new key's text."""
        given = {"tenant": self.tenant, "environment": "", "roles": frozenset(roles), **fields}
        key, text = make_key(Key("", "", **given))
        with change_keys(self.keys) as keys:
            keys[key.id] = key
        return text

    def ask(self, route: str, key: str | None) -> Any:
        """Ask a route about the run."""
        method, path = route.split()
        how = ROUTES[route]
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        url = re.sub(r"{\w+}", f"{RUN}-{SECRET}", path)
        return self.client.request(method, url, params=how.parameters, json=how.body, headers=headers)


@pytest.fixture
def house(store: Store, tenant: str, tmp_path: Path) -> Iterator[House]:
    """A house with a run, and with one entry in its audit trail."""
    run, said = f"{RUN}-{SECRET}", {"Workflow": SECRET, "Version": SECRET, "Agent": SECRET, "Model": SECRET}
    step = {**said, "ToolName": SECRET, "StepType": "model_call", "InputTokens": 5, "PriceStatus": "unpriced"}
    insert_rows(store, "steps", [make_step(tenant, run, 1, **step)])
    insert_rows(store, "span_payloads", [make_payload(tenant, run, 1, InputMessages=f'["{SECRET}"]')])
    del said["Model"]
    insert_rows(store, "runs", [make_run(tenant, run, Steps=1, UserId=SECRET, Models=[SECRET], **said)])
    trail = AuditTrail(tmp_path / "audit")
    keeper = AuditKeeper(trail, store, KeeperSettings(tmp_path / "key", tmp_path / "heads"))
    path = tmp_path / "keys" / "api-keys.json"
    repricing = Repricer(store, PriceBook())
    services = Services({}, str, lambda _tenant, text: text, KeyRing(path), trail, keeper, repricing)
    app = create_app(store, ApiSettings(), services)
    with TestClient(app, raise_server_exceptions=False) as opened:
        made = House(opened, path, tenant)
        assert made.ask("GET /v1/runs/{run_id}", made.make_key(*ALL_ROLES)).status_code == 200
        yield made


def test_every_route_has_an_expectation() -> None:
    assert list_routes() == sorted(ROUTES)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_roles(house: House, route: str) -> None:
    allowed = ROUTES[route].roles
    for role in Role:
        answer = house.ask(route, house.make_key(role))
        expected = 200 if role in allowed or not allowed else 403
        assert answer.status_code == expected, (role, answer.text)
        if expected == 403:
            assert answer.headers["content-type"] == "application/problem+json"
            assert SECRET not in answer.text
            assert "lacks the role" in answer.json()["detail"]
    others = [role for role in Role if role not in allowed]
    assert house.ask(route, house.make_key(*others)).status_code == (403 if allowed else 200)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_no_key_and_bad_keys(house: House, route: str) -> None:
    good = house.make_key(*ALL_ROLES)
    bad = [
        None,
        "",
        "rv_",
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        make_key(Key("", "", house.tenant, "", ALL_ROLES))[1],
        house.make_key(*ALL_ROLES, expires_at=1),
        house.make_key(*ALL_ROLES, revoked_at=1),
    ]
    for key in bad:
        answer = house.ask(route, key)
        assert answer.status_code == (401 if ROUTES[route].roles else 200), answer.text
        if ROUTES[route].roles:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert SECRET not in answer.text
            assert good not in answer.text


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_another_tenant_sees_nothing(house: House, route: str) -> None:
    answer = house.ask(route, house.make_key(*ALL_ROLES, tenant=f"{house.tenant}-other"))
    assert answer.status_code == (404 if ROUTES[route].of_run else 200), answer.text
    hold_nothing(answer, route)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_another_environment_sees_nothing(house: House, route: str) -> None:
    answer = house.ask(route, house.make_key(*ALL_ROLES, environment="staging"))
    assert answer.status_code == (404 if ROUTES[route].of_run else 200), answer.text
    hold_nothing(answer, route)
    own = house.ask(route, house.make_key(*ALL_ROLES, environment="production"))
    assert own.status_code == 200, own.text
    assert (SECRET in own.text) == (route in TELLING), own.text


@pytest.mark.parametrize("path", ["/v1/nothing", "/", "/v1/runs/../../healthz/x"])
def test_what_is_no_route_needs_a_key_too(house: House, path: str) -> None:
    assert house.client.get(path).status_code == 401
    key = house.make_key(Role.INGEST)
    assert house.client.get(path, headers={"authorization": f"Bearer {key}"}).status_code in (403, 404)


def test_nothing_of_a_request_is_read_before_its_key(house: House) -> None:
    url = f"/v1/runs/{RUN}-{SECRET}/outcome"
    assert house.client.post(url, content=b"{not json").status_code == 401
    assert house.client.get("/v1/runs?nothing=1").status_code == 401
    assert house.client.put("/v1/runs").status_code == 401


def test_keys_that_cannot_be_read_let_nobody_in(house: House) -> None:
    key = house.make_key(*ALL_ROLES)
    house.keys.write_text("{")
    answer = house.ask("GET /v1/runs", key)
    assert (answer.status_code, answer.json()["detail"]) == (503, "the keys cannot be read now; try again")
    assert house.ask("GET /healthz", None).status_code == 200


def hold_nothing(answer: Any, route: str) -> None:
    """Nothing of the tenant stands in the answer, but what the question itself said (the names compared)."""
    text = answer.text
    if route == "GET /v1/analytics/compare":
        assert answer.json()["baseline"] == {"version": SECRET, "runs": 0}
        text = text.replace(f'"version":"{SECRET}"', "")
    if route == "GET /v1/audit/export":
        stubs = [entry for entry in answer.json()["items"] if "action" not in entry]
        assert stubs
        assert all(set(stub) == {"chain", "seq", "previous", "hash"} for stub in stubs)
    assert SECRET not in text
    assert trace_id(f"{RUN}-{SECRET}") not in text


def test_cursors_of_another_tenant_lead_nowhere(house: House) -> None:
    own, other = house.make_key(Role.VIEWER), house.make_key(Role.VIEWER, tenant=f"{house.tenant}-other")
    insert_rows(house.client.app.state.store, "runs", [make_run(house.tenant, "a-second-run")])  # type: ignore[attr-defined]
    headers = {"authorization": f"Bearer {own}"}
    page = house.client.get("/v1/runs?limit=1", headers=headers).json()
    assert page["next_cursor"]
    asked = {"limit": 5, "cursor": page["next_cursor"]}
    assert len(house.client.get("/v1/runs", params=asked, headers=headers).json()["items"]) == 1
    headers = {"authorization": f"Bearer {other}"}
    assert house.client.get("/v1/runs", params=asked, headers=headers).json()["items"] == []


def test_a_run_of_the_same_name_in_two_tenants(house: House, store: Store) -> None:
    other = f"{house.tenant}-other"
    insert_rows(store, "runs", [make_run(other, f"{RUN}-{SECRET}", Workflow="theirs")])
    for tenant, workflow in ((house.tenant, SECRET), (other, "theirs")):
        answer = house.ask("GET /v1/runs/{run_id}", house.make_key(Role.VIEWER, tenant=tenant))
        assert answer.json()["workflow"]["name"] == workflow


def test_the_tenant_cannot_be_named_by_the_question(house: House) -> None:
    key = house.make_key(*ALL_ROLES, tenant=f"{house.tenant}-other")
    for parameter in ("tenant", "Tenant"):
        answer = house.client.get(
            "/v1/runs", params={parameter: house.tenant}, headers={"authorization": f"Bearer {key}"}
        )
        assert answer.status_code == 422
    headers = {"authorization": f"Bearer {key}", "x-tenant": house.tenant}
    assert house.client.get("/v1/runs", headers=headers).json()["items"] == []


@pytest.mark.parametrize("route", [route for route, how in sorted(ROUTES.items()) if how.of_run])
def test_what_cannot_be_audited_is_not_answered(house: House, tmp_path: Path, route: str) -> None:
    key = house.make_key(*ALL_ROLES)
    (tmp_path / "audit" / "lock").unlink()
    (tmp_path / "audit" / "lock").mkdir()
    answer = house.ask(route, key)
    assert answer.status_code == 503
    assert "audit trail" in answer.json()["detail"]
    assert SECRET not in answer.text


def test_a_missing_role_is_written_down(house: House) -> None:
    house.ask("GET /v1/runs/{run_id}/replay", house.make_key(Role.INGEST))
    headers = {"authorization": f"Bearer {house.make_key(Role.ADMIN)}"}
    (item,) = house.client.get("/v1/audit?action=access.denied", headers=headers).json()["items"]
    assert item["object"] == f"GET /v1/runs/{RUN}-{SECRET}/replay"
    assert item["detail"] == "the key lacks the role viewer"


@pytest.mark.parametrize(
    ("route", "action"),
    [
        ("GET /v1/runs/{run_id}", "run.read"),
        ("GET /v1/runs/{run_id}/replay", "run.replay"),
        ("POST /v1/runs/{run_id}/outcome", "outcome.set"),
    ],
)
def test_who_asked_for_what_is_written_down(house: House, route: str, action: str) -> None:
    key = house.make_key(*ALL_ROLES)
    house.ask(route, key)
    admin = house.make_key(Role.ADMIN)
    page = house.client.get(
        "/v1/audit", params={"action": action, "limit": 1}, headers={"authorization": f"Bearer {admin}"}
    )
    (item,) = page.json()["items"]
    assert (item["action"], item["object"]) == (action, f"{RUN}-{SECRET}")
    assert item["key_id"] == key.split("_")[1]
    assert item["address"] == "testclient"
