"""Outcomes said after the fact: the latest `at` stands, history is kept, texts are redacted before they are written."""

from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schema.rollup import refresh_runs
from schema.store import Store
from tests.api.rows import insert_rows, make_step, trace_id

pytestmark = pytest.mark.engine


@pytest.fixture
def run(store: Store, tenant: str) -> str:
    """A run that claims success as it ends, at 12:00:02."""
    insert_rows(store, "steps", [make_step(tenant, "r", 1, OutcomeStatus="success", ModelCostUsd=Decimal("0.5"))])
    refresh_runs(store, tenant, ["r"], [trace_id("r")])
    return "r"


def post(client: TestClient, run: str, **body: Any) -> Any:
    answer = client.post(f"/v1/runs/{run}/outcome", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def history(store: Store, tenant: str) -> list[dict[str, Any]]:
    sql = "SELECT Status, Reason, Source, ValueUsd FROM outcomes FINAL WHERE Tenant = {tenant:String} ORDER BY At"
    return store.query(sql, {"tenant": tenant}, tag="test")


def test_the_latest_at_stands_whatever_comes_first(client: TestClient, store: Store, tenant: str, run: str) -> None:
    said = {"reason": "charged back", "source": "finance", "at": "2026-03-05T00:00:00Z", "value_usd": -20.0}
    answer = post(client, run, status="Failure", **said)
    stands = {"status": "failure", "reason": "charged back", "source": "finance", "at": "2026-03-05T00:00:00.000000Z"}
    assert answer == {"run_id": run, "outcome": stands}
    assert post(client, run, status="success", at="2026-03-04T00:00:00Z")["outcome"] == stands
    assert client.get(f"/v1/runs/{run}").json()["outcome"] == stands
    assert [row["Status"] for row in history(store, tenant)] == ["success", "failure"]
    (group,) = client.get("/v1/analytics/cost-per-outcome").json()["items"]
    assert (group["outcomes"], group["cost_usd"]["wasted"]) == ({"failure": 1}, 0.5)


def test_the_same_outcome_again_changes_nothing(client: TestClient, store: Store, tenant: str, run: str) -> None:
    for _ in range(2):
        post(client, run, status="escalated", at="2026-03-04T00:00:00Z")
    assert len(history(store, tenant)) == 1


def test_without_at_it_is_now(client: TestClient, run: str) -> None:
    outcome = post(client, run, status="deflected")["outcome"]
    assert (outcome["status"], outcome["source"]) == ("deflected", "api")


def test_texts_are_redacted_before_they_are_written(client: TestClient, store: Store, tenant: str, run: str) -> None:
    answer = post(client, run, status="failure", reason="ann@example.com complained", source="ann@example.com")
    assert answer["outcome"]["reason"] == "[EMAIL:1] complained"
    assert [(row["Reason"], row["Source"]) for row in history(store, tenant)] == [("[EMAIL:1] complained", "[EMAIL:1]")]


def test_an_outcome_needs_a_run(client: TestClient, store: Store, tenant: str) -> None:
    answer = client.post("/v1/runs/nobody/outcome", json={"status": "success"})
    assert answer.status_code == 404
    assert history(store, tenant) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "status"),
        ({"status": ""}, "status"),
        ({"status": "has a space"}, "status"),
        ({"status": "success", "at": "soon"}, "at"),
        ({"status": "success", "at": 5}, "at"),
        ({"status": "success", "value_usd": "much"}, "value_usd"),
        ({"status": "success", "extra": 1}, "extra"),
    ],
)
def test_a_bad_outcome_is_told_which_field(client: TestClient, run: str, body: dict[str, Any], field: str) -> None:
    answer = client.post(f"/v1/runs/{run}/outcome", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_word_of_the_applications_own_is_kept_and_mapped(
    client: TestClient, store: Store, tenant: str, run: str
) -> None:
    answer = post(client, run, status="Bounced", at="2026-03-05T00:00:00Z")
    assert (answer["said"], answer["outcome"]["status"]) == ("bounced", "failure")
    answer = post(client, run, status="parked", at="2026-03-06T00:00:00Z")
    assert (answer.get("said"), answer["outcome"]["status"]) == (None, "parked")
    assert client.get(f"/v1/runs/{run}").json()["outcome"]["status"] == "parked"
    sql = "SELECT Status, Said FROM outcomes FINAL WHERE Tenant = {tenant:String} ORDER BY At"
    rows = store.query(sql, {"tenant": tenant}, tag="test")
    assert [(row["Status"], row["Said"]) for row in rows] == [("failure", "bounced"), ("parked", "")]


def test_of_two_words_of_one_moment_the_later_post_stands_and_no_resend_turns_it(
    client: TestClient, store: Store, tenant: str, run: str
) -> None:
    moment = "2026-03-05T00:00:00Z"
    post(client, run, status="failure", source="finance", at=moment)
    post(client, run, status="escalated", source="desk", at=moment)
    assert post(client, run, status="failure", source="finance", at=moment)["outcome"]["status"] == "escalated"
    assert len(history(store, tenant)) == 2
