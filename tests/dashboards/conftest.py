"""The demo data that boards are held to, and the API over it: the hundred runs, and what else a board shows."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

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
from tests.dashboards.numbers import BOARDS, CHOICES, FROM_MS, PERIOD, TO_MS, Asker, Json, Reader
from tests.dashboards.plugin import ALL, Variables, expand
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
    # the demo's are past their lifetime
    store.command("SYSTEM STOP TTL MERGES health_samples", tag="test")
    insert_rows(store, "health_samples", list(_list_samples(tenant)))
    return hundred


SAMPLED: dict[tuple[str, str], list[float]] = {
    ("runvault_received_spans_total", ""): [100, 20], ("runvault_journalled_spans_total", ""): [90, 20],
    ("runvault_loaded_spans_total", ""): [60, 50], ("runvault_refused_spans_total", "quota"): [7, 3],
    ("runvault_refused_log_records_total", "unknown"): [1], ("runvault_requests_total", "http/ok/traces"): [12, 4],
    ("runvault_stage_cpu_seconds_total", "redact"): [1.5, 0.5], ("runvault_load_failures_total", ""): [2],
    ("runvault_queryable_delay_seconds_sum", ""): [8, 3], ("runvault_queryable_delay_seconds_count", ""): [4, 2],
    ("runvault_queryable_delay_seconds_bucket", "5.0"): [3, 2], ("runvault_journal_bytes", ""): [900, 400],
    ("runvault_journal_oldest_seconds", ""): [75, 3.5], ("runvault_store_parts", ""): [80, 70],
    ("runvault_dead_segments", ""): [0, 1], ("runvault_quarantined_segments", ""): [2, 2],
}  # fmt: skip
"""Metric and label → its values in two samples, an hour apart."""


def _list_samples(tenant: str) -> Iterator[dict[str, object]]:
    """As the service writes them, but for the demo's tenant alone."""
    for (name, label), values in SAMPLED.items():
        for hour, value in enumerate(values, start=1):
            yield {
                "Tenant": tenant, "Day": BASE.date(), "At": BASE_NS // 10**6 + hour * 3_600_000, "Instance": "here",
                "Name": name, "Label": label, "Value": float(value),
            }  # fmt: skip


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


@pytest.fixture(params=CHOICES, ids=["all", "refunds", "production"])
def chosen(request: pytest.FixtureRequest) -> Json:
    """Names that both the board's variables and the API's filters are set to."""
    return dict(request.param)


@pytest.fixture
def read(store: Store, everything: Variables, chosen: Json, policy: object) -> Reader:
    """Rows of a panel by its board and title."""
    names = {name: value if isinstance(value, list) else [value] for name, value in chosen.items()}

    def read_panel(name: str, title: str) -> list[Json]:
        (panel,) = [panel for panel in BOARDS[f"runvault-{name}"]["panels"] if panel["title"] == title]
        sql = expand(panel["targets"][0]["rawSql"], {**everything, **names}, FROM_MS, TO_MS)
        return store.query(sql, tag="test")

    return read_panel


@pytest.fixture
def ask(demo_client: TestClient, chosen: Json) -> Asker:
    """An answer of the API's analytics for the same choice."""

    def ask_api(question: str, **more: Any) -> Json:
        answer = demo_client.get(f"/v1/analytics/{question}", params={**PERIOD, **chosen, **more})
        assert answer.status_code == 200, answer.text
        content: Json = answer.json()
        return content

    return ask_api
