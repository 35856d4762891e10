"""Reliability, coverage and comparison against runs worked out by hand."""

from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schema.store import Store
from tests.api.rows import BASE_NS, SECOND, insert_rows, make_run

pytestmark = pytest.mark.engine
DAY = 86_400 * SECOND


def get(client: TestClient, question: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/analytics/{question}", params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def five_runs(store: Store, tenant: str) -> None:
    """Five runs of one workflow, the last of them of the next day (2026-03-01 was a Sunday)."""
    about = {"Workflow": "refunds", "Version": "v1"}
    claimed = {"ClaimedStatus": "success", **about}
    rows = [
        make_run(tenant, "good", **claimed, Steps=4, ToolCalls=2, SideEffects=["refund:1"]),
        make_run(
            tenant, "silent", **claimed, OutcomeStatus="failure", Steps=6, ToolCalls=4, FailedToolCalls=3, Retries=2,
            SideEffects=["refund:2"],
        ),
        make_run(tenant, "open", **claimed, OutcomeStatus="unknown", Steps=1, RootSeen=0, SideEffects=["refund:3"]),
        make_run(
            tenant, "asked", **about, OutcomeStatus="escalated", Steps=9, Approvals=2, ApprovalWaitMs=9000.0,
            OrphanSpans=2, LateSpans=1, PolicyViolations=1, BudgetBreached=1,
        ),
        make_run(
            tenant, "waited", **about, StartedAt=BASE_NS + DAY, Steps=2, Approvals=1, ApprovalWaitMs=1000.0, Errors=1
        ),
    ]  # fmt: skip
    insert_rows(store, "runs", rows)


@pytest.mark.usefixtures("five_runs")
def test_reliability_by_hand(client: TestClient) -> None:
    (group,) = get(client, "reliability", group_by="workflow")["items"]
    assert group == {
        "workflow": "refunds", "runs": 5, "known_outcomes": 4,
        "completion_rate": 0.5,  # good, waited of four known
        "escalation_rate": 0.25,
        "silent_failures": 2,  # silent, and open: it claimed success, and what stands is not success
        "silent_failure_rate": pytest.approx(2 / 3),
        "wrong_write_rate": 0.5,  # good and silent wrote, and their outcome is known
        "tool_calls": 6, "tool_error_rate": 0.5, "errors": 1, "retries": 2, "retries_per_run": 0.4,
        "steps_per_run": {"mean": 4.4, "p95": 9}, "tool_calls_per_run": {"mean": 1.2, "p95": 4},
        "approvals": 3,
        "approval_wait_ms": {"mean": pytest.approx(10_000 / 3), "p95": 9000.0},
        "policy_violations": 1, "policy_violations_per_1000_runs": 200.0, "budget_breaches": 1,
    }  # fmt: skip


@pytest.mark.usefixtures("five_runs")
def test_coverage_by_hand(client: TestClient) -> None:
    (group,) = get(client, "coverage")["items"]
    assert group == {
        "runs": 5, "whole_runs": 3, "runs_without_root": 1, "runs_with_orphans": 1, "orphan_spans": 2,
        "late_spans": 1, "coverage": 0.6,
    }  # fmt: skip


@pytest.mark.usefixtures("five_runs")
def test_series_begin_at_whole_intervals(client: TestClient) -> None:
    days = get(client, "reliability", interval="day")["items"]
    assert [(item["at"], item["runs"]) for item in days] == [
        ("2026-03-01T00:00:00.000000Z", 4),
        ("2026-03-02T00:00:00.000000Z", 1),
    ]
    weeks = get(client, "coverage", interval="week")["items"]
    assert [(item["at"], item["runs"]) for item in weeks] == [
        ("2026-02-23T00:00:00.000000Z", 4),
        ("2026-03-02T00:00:00.000000Z", 1),
    ]
    first = get(client, "cost-per-outcome", interval="hour", limit=1)
    assert first["items"][0]["at"] == "2026-03-01T12:00:00.000000Z"
    rest = get(client, "cost-per-outcome", interval="hour", limit=1, cursor=first["next_cursor"])
    assert rest["items"][0]["at"] == "2026-03-02T12:00:00.000000Z"


def test_nothing_is_null_and_not_zero(client: TestClient) -> None:
    (group,) = get(client, "reliability")["items"]
    assert (group["runs"], group["completion_rate"], group["tool_calls_per_run"]) == (
        0,
        None,
        {"mean": None, "p95": None},
    )
    assert get(client, "coverage")["items"][0]["coverage"] is None
    assert get(client, "reliability", group_by="version")["items"] == []
    answer = get(client, "compare", baseline="version=a", candidate="version=b")
    assert answer["baseline"] == {"version": "a", "runs": 0}
    assert {measure["verdict"] for measure in answer["measures"]} == {"too_few"}


def test_a_release_that_costs_more_and_fails_more(client: TestClient, store: Store, tenant: str) -> None:
    # v1: 80 runs, 72 succeed, a dollar each. v2: 80 runs, 40 succeed, 1.50 each and 200 ms slower. v3: not asked for
    rows = []
    for number in range(80):
        old = {"Version": "v1", "OutcomeStatus": "success" if number < 72 else "failure", "CostUsd": Decimal(1)}
        new = {"Version": "v2", "OutcomeStatus": "success" if number < 40 else "failure", "CostUsd": Decimal("1.5")}
        rows.append(make_run(tenant, f"a{number}", **old, DurationMs=1000.0 + number))
        rows.append(make_run(tenant, f"b{number}", **new, DurationMs=1200.0 + number))
        rows.append(make_run(tenant, f"c{number}", Version="v3", CostUsd=Decimal(99)))
    insert_rows(store, "runs", rows)
    answer = get(client, "compare", baseline="version=v1", candidate="version=v2")
    found = {measure["measure"]: measure for measure in answer["measures"]}
    assert (answer["baseline"]["runs"], answer["candidate"]["runs"], answer["threshold"]) == (80, 80, 0.1)
    assert (found["completion_rate"]["baseline"], found["completion_rate"]["candidate"]) == (0.9, 0.5)
    # every run of a side costs the same, so no interval is wide
    assert (found["cost_per_run_usd"]["change"], found["cost_per_run_usd"]["verdict"]) == (0.5, "worse")
    assert found["cost_per_success_usd"]["baseline"] == pytest.approx(80 / 72)
    assert found["cost_per_success_usd"]["candidate"] == 3.0
    # every v2 is slower than every v1, place floor(.5 * 80) = 40; a 95th of 80 runs says nothing
    assert (found["p50_ms"]["baseline"], found["p50_ms"]["candidate"]) == (1040.0, 1240.0)
    assert (found["p50_ms"]["verdict"], found["p95_ms"]["verdict"]) == ("worse", "too_few")
    assert answer["regressed"] == ["completion_rate", "cost_per_run_usd", "cost_per_success_usd", "p50_ms"]
    lenient = get(client, "compare", baseline="version=v1", candidate="version=v2", threshold=0.6)
    assert lenient["regressed"] == ["cost_per_success_usd"]


def test_runs_with_both_models_are_on_neither_side(client: TestClient, store: Store, tenant: str) -> None:
    models = [["a"], ["a"], ["b"], ["a", "b"], ["c"], []]
    insert_rows(store, "runs", [make_run(tenant, f"r{n}", Models=some) for n, some in enumerate(models)])
    answer = get(client, "compare", baseline="model=a", candidate="model=b")
    assert (answer["baseline"], answer["candidate"]) == ({"model": "a", "runs": 2}, {"model": "b", "runs": 1})


@pytest.mark.parametrize(
    ("question", "parameters", "field"),
    [
        ("compare", {"baseline": "v1", "candidate": "version=v2"}, "baseline"),
        ("compare", {"baseline": "version=v1"}, "candidate"),
        ("compare", {"baseline": "version=v1", "candidate": "model=m"}, "candidate"),
        ("compare", {"baseline": "version=v1", "candidate": "version=v1"}, "candidate"),
        ("compare", {"baseline": "version=v1", "candidate": "version=v2", "threshold": "0"}, "threshold"),
        ("reliability", {"interval": "year"}, "interval"),
        ("reliability", {"group_by": "model"}, "group_by"),
        ("coverage", {"colour": "red"}, "colour"),
    ],
)
def test_wrong_questions_name_the_field(
    client: TestClient, question: str, parameters: dict[str, str], field: str
) -> None:
    answer = client.get(f"/v1/analytics/{question}", params=parameters)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_another_tenants_runs_are_not_compared(client: TestClient, store: Store) -> None:
    insert_rows(store, "runs", [make_run("somebody-else", "x", Version="v1")])
    assert get(client, "compare", baseline="version=v1", candidate="version=v2")["baseline"]["runs"] == 0
    assert get(client, "reliability")["items"][0]["runs"] == 0
