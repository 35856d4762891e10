"""The matrix of routes: who may ask each, and a house with keys and one run to ask it about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import Glass, Services
from api.settings import ApiSettings
from collector.pricing import PriceBook
from collector.repricing import Repricer
from schema.lifetimes import RetentionPolicy
from schema.retention import Retention
from schema.store import Store
from tests.api.glass_rows import add_request, make_glass, seal_step
from tests.api.rows import insert_rows, make_payload, make_run, make_step
from vault.audit import AuditTrail
from vault.audit_keeper import AuditKeeper, KeeperSettings
from vault.caller import ALL_ROLES, Role
from vault.key_file import KeyRing, change_keys
from vault.keys import Key, make_key

RUN = "the-run"


@dataclass(frozen=True, slots=True)
class Expected:
    """Who may ask a route (nobody named: everybody, without a key), how it is asked, and the status when all is well.
    `of_run`: about one run; `audited`: each asking is in the trail."""

    roles: frozenset[Role] = frozenset()
    parameters: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    of_run: bool = False
    audited: bool = True
    status: int = 200


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
    "GET /": VIEWER,
    "GET /runs": VIEWER,
    "GET /runs/{run_id}": may(Role.VIEWER, of_run=True),
    "GET /v1/runs": VIEWER,
    "GET /v1/runs/{run_id}": may(Role.VIEWER, of_run=True),
    "GET /v1/runs/{run_id}/replay": may(Role.VIEWER, of_run=True),
    "POST /v1/runs/{run_id}/outcome": may(Role.INGEST, Role.RESPONDER, body={"status": "failure"}, of_run=True),
    "GET /v1/runs/{a}/diff/{b}": may(Role.VIEWER, of_run=True),
    "POST /v1/runs/{run_id}/scores": may(Role.INGEST, Role.RESPONDER, body={"name": "x", "value": 1}, of_run=True),
    "GET /v1/costs/reprice": may(Role.ADMIN, parameters={"since": "2026-01-01"}),
    "POST /v1/costs/reprice": may(Role.ADMIN, body={"since": "2026-01-01", "apply": True}),
    "GET /v1/analytics/cost-per-outcome": may(Role.VIEWER, parameters=BY_WORKFLOW),
    "GET /v1/analytics/latency": may(Role.VIEWER, parameters=BY_WORKFLOW),
    "GET /v1/analytics/unpriced-models": VIEWER,
    "GET /v1/analytics/redaction": VIEWER,
    "GET /v1/analytics/reliability": may(Role.VIEWER, parameters=BY_WORKFLOW),
    "GET /v1/analytics/coverage": may(Role.VIEWER, parameters=BY_WORKFLOW),
    "GET /v1/analytics/budgets": may(Role.VIEWER, parameters=BY_WORKFLOW),
    "GET /v1/analytics/compare": may(
        Role.VIEWER, parameters={"baseline": "version=secret-of-acme", "candidate": "version=v2"}
    ),
    "GET /v1/retention": may(Role.VIEWER, Role.ADMIN),
    "POST /v1/retention/apply": may(Role.ADMIN, body={"dry_run": True}),
    "POST /v1/retention/erase": may(Role.ADMIN, body={"run_id": f"{RUN}-secret-of-acme", "dry_run": True}, of_run=True),
    "GET /v1/audit": ADMIN,
    "GET /v1/audit/verify": ADMIN,
    "GET /v1/audit/export": ADMIN,
    "GET /v1/audit/heads": ADMIN,
    "POST /v1/break-glass": may(
        Role.RESPONDER, body={"run_id": "{run_id}", "reason": "why", "ticket": "INC-1"}, of_run=True, status=201
    ),
    "GET /v1/break-glass": may(Role.RESPONDER, Role.APPROVER, Role.ADMIN),
    "GET /v1/break-glass/{request_id}": may(Role.RESPONDER, Role.APPROVER, Role.ADMIN, of_run=True, audited=False),
    "POST /v1/break-glass/{request_id}/approve": may(Role.APPROVER, of_run=True),
    "POST /v1/break-glass/{request_id}/deny": may(Role.APPROVER, of_run=True),
    "POST /v1/break-glass/{request_id}/open": may(Role.RESPONDER, of_run=True),
}
SECRET = "secret-of-acme"
"""Stands in everything that belongs to the tenant."""
TELLING = {route for route, how in ROUTES.items() if how.of_run or how.roles == {Role.VIEWER}} - {
    "GET /metrics",
    "GET /v1/analytics/redaction",
    "POST /v1/retention/erase",
} | {"GET /v1/break-glass"}
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
    glass: Glass

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
        run = f"{RUN}-{SECRET}"
        url = re.sub("{(run_id|a|b)}", run, path)
        if "{request_id}" in url:
            url = url.replace("{request_id}", self.add_request(run, key, url.endswith("/open")))
        body = how.body and {name: run if value == "{run_id}" else value for name, value in how.body.items()}
        return self.client.request(method, url, params=how.parameters, json=body, headers=headers)

    def add_request(self, run: str, key: str | None, to_open: bool) -> str:
        """A new request to open the run: by this key and approved, or by somebody else and waiting."""
        asker = (key or "").split("_")[1:2] if to_open else ["somebody"]
        store: Store = self.client.app.state.store  # type: ignore[attr-defined]
        return add_request(store, self.glass, self.tenant, run, "".join(asker), to_open)


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
    glass = make_glass(tmp_path, tenant)
    seal_step(store, tmp_path, tenant, run, SECRET)
    add_request(store, glass, tenant, run, "somebody", False)
    services = Services(
        redact=lambda _tenant, text: text,
        keys=KeyRing(path),
        trail=trail,
        audits=keeper,
        retention=Retention(store, RetentionPolicy()),
        glass=glass,
        repricing=Repricer(store, PriceBook()),
    )
    app = create_app(store, ApiSettings(), services)
    with TestClient(app, raise_server_exceptions=False) as opened:
        made = House(opened, path, tenant, glass)
        assert made.ask("GET /v1/runs/{run_id}", made.make_key(*ALL_ROLES)).status_code == 200
        yield made
