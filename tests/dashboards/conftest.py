"""The demo data that boards are held to, and the API over it: the hundred runs, and what else a board shows."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from schema.classes import DataClass
from schema.lifetimes import ANY, DEFAULT_DAYS, RetentionPolicy, Rule, dump_policy
from schema.retention import Retention
from schema.store import Store
from tests.api.hundred import Hundred
from tests.api.hundred import hundred as hundred
from tests.api.hundred import hundred_client as hundred_client
from tests.api.rows import BASE, BASE_NS, insert_rows
from tests.dashboards.plugin import ALL, Variables
from vault.audit import AuditTrail

HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def demo(store: Store, hundred: Hundred) -> Hundred:
    """The hundred runs, payloads and originals of some, and three requests to open originals."""
    tenant = hundred.tenant
    owner = {"Tenant": tenant, "Environment": "production", "RetentionClass": "standard"}
    spans = [row for row in hundred.steps if row["Environment"] == "production"][:7]
    names = ("TraceId", "SpanId", "Day", "ReceivedAt")
    payloads = [{**owner, **{name: row[name] for name in names}} for row in spans]
    insert_rows(store, "span_payloads", payloads)
    # of a span whose clock nobody believes: it ages from the day on which it came
    unbelieved = {**payloads[0], "Day": date(1970, 1, 1), "RetentionClass": "standard@2026-03-03"}
    insert_rows(store, "sealed_originals", [*payloads[1:3], unbelieved])
    insert_rows(store, "break_glass_events", list(_list_events(tenant)))
    return hundred


def _list_events(tenant: str) -> Iterator[dict[str, object]]:
    """`one` is opened twice, `two` denied, `old` was over before the hundred runs began."""
    told = [
        ("one", 1, "asked", "k-ann"), ("one", 2, "approved", "k-bob"), ("one", 3, "opened", "k-ann"),
        ("one", 4, "opened", "k-ann"), ("two", 5, "asked", "k-eve"), ("two", 6, "denied", "k-bob"),
        ("old", -90, "asked", "k-ann"), ("old", -89, "opened", "k-ann"),
    ]  # fmt: skip
    for number, (request, hours, kind, key) in enumerate(told):
        said = {"RunId": "run-001", "Ticket": f"INC-{request}"} if kind == "asked" else {}
        yield {
            "Tenant": tenant, "Environment": "production", "Day": BASE.date(), "RequestId": request,
            "EventId": f"event-{number}", "At": BASE_NS // 1000 + hours * HOUR_US, "Kind": kind, "KeyId": key, **said,
        }  # fmt: skip


@pytest.fixture(scope="module")
def policy(store: Store, demo: Hundred) -> RetentionPolicy:
    """The retention policy in force: one for everybody, a shorter one for the demo's staging."""
    rules = {
        (ANY, ANY): Rule(days=DEFAULT_DAYS),
        (ANY, "staging"): Rule(days={DataClass.STEPS: 20, DataClass.PAYLOADS: 9}),
        (demo.tenant, ANY): Rule(days={DataClass.RUNS: 100}),
    }
    in_force = RetentionPolicy(rules)
    # noted by hand: applying it would let other tests' rows go
    store.command(
        "INSERT INTO retention_policies SELECT now64(6), 'test', {policy:String}",
        {"policy": dump_policy(in_force)},
        tag="test",
    )
    return in_force


@pytest.fixture
def demo_client(store: Store, demo: Hundred, policy: RetentionPolicy, tmp_path: Path) -> Iterator[TestClient]:
    """The API, asked by the demo's tenant, with the retention in force."""
    services = Services(retention=Retention(store, policy), trail=AuditTrail(tmp_path / "audit"))
    with TestClient(create_app(store, ApiSettings(default_tenant=demo.tenant), services)) as opened:
        yield opened


@pytest.fixture
def everything(demo: Hundred) -> Variables:
    """All of the demo."""
    names = {name: [ALL] for name in ("environment", "workflow", "version", "model")}
    return {"tenant": demo.tenant, **names, "baseline": "v1", "candidate": "v2", "run": "run-001"}
