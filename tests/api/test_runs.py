"""The list of runs: filters, order, cursors, and what a bad request is told."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schema.store import Store
from tests.api.rows import BASE, BASE_NS, SECOND, insert_rows, make_run, trace_id

pytestmark = pytest.mark.engine


@pytest.fixture
def three_runs(store: Store, tenant: str) -> None:
    refund = {"Workflow": "refunds", "Version": "v1", "Agent": "refunder", "Models": ["m1"], "Tools": ["refund"]}
    rows = [
        make_run(tenant, "old", **refund, CostUsd=Decimal("0.5"), SideEffects=["refund:rf_1", "ticket:7"]),
        make_run(tenant, "mid", **refund, StartedAt=BASE_NS + SECOND, OutcomeStatus="failure", UserId="u1",
                 OutcomeReason="Card Expired"),
        make_run(tenant, "new", StartedAt=BASE_NS + 2 * SECOND, Workflow="support", Environment="staging",
                 Models=["m1", "m2"], CostUsd=Decimal("0.1"), SideEffects=["ticket:8"]),
    ]  # fmt: skip
    insert_rows(store, "runs", rows)


def ids(client: TestClient, **parameters: Any) -> list[str]:
    answer = client.get("/v1/runs", params=parameters)
    assert answer.status_code == 200, answer.text
    return [item["run_id"] for item in answer.json()["items"]]


@pytest.mark.usefixtures("three_runs")
@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["new", "mid", "old"]),
        ({"workflow": "refunds"}, ["mid", "old"]),
        ({"workflow": ["refunds", "support"]}, ["new", "mid", "old"]),
        ({"workflow": "refunds", "outcome": "success"}, ["old"]),
        ({"version": "v1", "agent": "refunder"}, ["mid", "old"]),
        ({"environment": "staging"}, ["new"]),
        ({"model": "m2"}, ["new"]),
        ({"tool": "refund"}, ["mid", "old"]),
        ({"user": "u1"}, ["mid"]),
        ({"side_effect": "refund:rf_1"}, ["old"]),
        ({"side_effect": "ticket"}, ["new", "old"]),
        ({"side_effect": "rf_1"}, ["old"]),
        ({"since": "2026-03-01T12:00:01Z"}, ["new", "mid"]),
        ({"since": "2026-03-01T13:00:01+01:00"}, ["new", "mid"]),
        ({"until": "2026-03-01T12:00:01Z"}, ["old"]),
        ({"since": "2026-03-02"}, []),
        ({"min_cost_usd": "0.1"}, ["new", "old"]),
        ({"min_cost_usd": "0.100000000001"}, ["old"]),
        ({"q": "card exp"}, ["mid"]),
        ({"q": trace_id("old")}, ["old"]),
        ({"workflow": "it's'; DROP TABLE runs --"}, []),
    ],
)
def test_filters(client: TestClient, parameters: dict[str, Any], expected: list[str]) -> None:
    assert ids(client, **parameters) == expected


def test_pages_neither_skip_nor_repeat(client: TestClient, store: Store, tenant: str) -> None:
    # starts in pairs, so that pages end between runs of the same start
    rows = [make_run(tenant, f"run-{place}", StartedAt=BASE_NS + place // 2) for place in range(7)]
    insert_rows(store, "runs", rows)
    seen: list[str] = []
    cursor = None
    for _ in range(10):
        answer = client.get("/v1/runs", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["run_id"] for item in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert seen == ["run-6", "run-5", "run-4", "run-3", "run-2", "run-1", "run-0"]


def test_item_says_what_the_row_says(client: TestClient, store: Store, tenant: str) -> None:
    breach = {"Breaches.Limit": ["usd"], "Breaches.At": [BASE_NS + SECOND], "Breaches.TraceId": ["t"],
              "Breaches.SpanId": ["s"]}  # fmt: skip
    row = make_run(tenant, "one", DurationMs=1500.0, CostUsd=Decimal("0.25"), ModelCostUsd=Decimal("0.25"),
                   InputTokens=7, PriceLists=["list-1"], BudgetUsd=0.2, BudgetBreached=1, **breach,
                   Findings=[("EMAIL", 2)], OrphanSpans=1, OutcomeAt=BASE_NS // 1000)  # fmt: skip
    insert_rows(store, "runs", [row])
    (item,) = client.get("/v1/runs").json()["items"]
    assert item["started_at"] == "2026-03-01T12:00:00.000000Z"
    assert item["ended_at"] == "2026-03-01T12:00:01.500000Z"
    assert item["duration_ms"] == 1500.0
    assert item["cost"] == {
        "usd": 0.25, "model_usd": 0.25, "tool_usd": 0.0, "review_usd": 0.0, "price_list": "list-1",
        "unpriced_models": [],
    }  # fmt: skip
    assert item["tokens"]["input"] == 7
    assert item["budget"] == {
        "usd": 0.2, "steps": None, "tool_calls": None, "tokens": None, "breached": True,
        "breaches": [{"limit": "usd", "at": "2026-03-01T12:00:01.000000Z"}],
    }  # fmt: skip
    assert item["redaction"]["findings"] == {"EMAIL": 2}
    assert item["completeness"] == {"whole": False, "root_seen": True, "orphan_spans": 1, "late_spans": 0}
    assert item["outcome"]["at"] == "2026-03-01T12:00:00.000000Z"


def test_the_latest_form_of_a_run_counts_and_a_retired_one_does_not(
    client: TestClient, store: Store, tenant: str
) -> None:
    insert_rows(store, "runs", [make_run(tenant, "a", Steps=1), make_run(tenant, "b")])
    insert_rows(store, "runs", [make_run(tenant, "a", Steps=2, RefreshedAt=2)])
    insert_rows(store, "runs", [make_run(tenant, "b", RefreshedAt=2, IsDeleted=1)])
    items = client.get("/v1/runs").json()["items"]
    assert [(item["run_id"], item["steps"]) for item in items] == [("a", 2)]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/runs?since=yesterday", "since"),
        ("/v1/runs?until=2026-01-01T00:00:00", "until"),
        ("/v1/runs?since=0001-01-01", "since"),
        ("/v1/runs?limit=0", "limit"),
        ("/v1/runs?limit=501", "limit"),
        ("/v1/runs?min_cost_usd=NaN", "min_cost_usd"),
        ("/v1/runs?cursor=%21", "cursor"),
        ("/v1/runs?cursor=WzFd", "cursor"),
        ("/v1/runs?workfolw=x", "workfolw"),
        ("/v1/runs/x/replay?format=xml", "format"),
        ("/v1/analytics/cost-per-outcome?group_by=colour", "group_by"),
        ("/v1/analytics/latency?of=weeks", "of"),
        ("/v1/analytics/latency?of=run&group_by=provider", "group_by"),
        ("/v1/analytics/latency?cursor=abc", "cursor"),
    ],
)
def test_a_bad_filter_is_named(client: TestClient, path: str, field: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_an_effect_that_only_an_older_form_of_a_run_had_finds_nothing(
    store: Store, client: TestClient, tenant: str
) -> None:
    """The days that are looked at are those of any version; what is answered is the one that stands."""
    next_day = BASE.date() + timedelta(1)
    had = make_run(tenant, "had", SideEffects=["refund:1"])
    has = make_run(tenant, "has", SideEffects=["refund:1"], Day=next_day, StartedAt=BASE_NS + 86_400 * SECOND)
    insert_rows(store, "runs", [had, has])
    insert_rows(store, "runs", [make_run(tenant, "had", RefreshedAt=2), {**has, "RefreshedAt": 2}])
    answer = client.get("/v1/runs", params={"side_effect": "refund:1"}).json()
    assert [item["run_id"] for item in answer["items"]] == ["has"]
    assert client.get("/v1/runs", params={"side_effect": "refund:2"}).json()["items"] == []


def test_a_run_continues_one_of_the_day_before(store: Store, client: TestClient, tenant: str) -> None:
    """One session, three days; the middle one is asked for and the last is no continuation of its."""
    for number, paused in enumerate(["approval", "", ""]):
        day = {"Day": BASE.date() + timedelta(number), "StartedAt": BASE_NS + number * 86_400 * SECOND}
        insert_rows(store, "runs", [make_run(tenant, f"r{number}", SessionId="s", Paused=paused, **day)])
    insert_rows(store, "runs", [make_run(tenant, "stranger", SessionId="t", Paused="approval")])
    found = client.get("/v1/runs/r1").json()
    assert (found["continues"], found["continued_by"]) == ("r0", None)
    assert client.get("/v1/runs/r0").json()["continued_by"] == "r1"
