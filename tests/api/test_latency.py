"""Latency against numbers worked out by hand: the exact quantile of n values is the one at place floor(q * n)."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schema.store import Store
from tests.api.rows import BASE_NS, MS, SECOND, insert_rows, make_run, make_step

pytestmark = pytest.mark.engine


def ask(client: TestClient, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/analytics/latency", params=parameters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_runs_by_workflow(client: TestClient, store: Store, tenant: str) -> None:
    # 100 runs of 1..100 ms, the last two failed; one other run
    rows = [make_run(tenant, f"r{ms}", Workflow="refunds", DurationMs=float(ms)) for ms in range(1, 101)]
    rows[98]["OutcomeStatus"] = rows[99]["OutcomeStatus"] = "failure"
    rows.append(make_run(tenant, "other", Workflow="support", DurationMs=7.5, StartedAt=BASE_NS + SECOND))
    insert_rows(store, "runs", rows)
    call = {"StepType": "model_call", "Workflow": "refunds"}
    first = [make_step(tenant, f"r{ms}", 1, **call, FirstTokenMs=float(ms)) for ms in range(1, 11)]
    insert_rows(store, "steps", first)
    refunds, support = ask(client, group_by="workflow")
    assert refunds == {
        "workflow": "refunds", "count": 100, "errors": 2, "p50_ms": 51.0, "p90_ms": 91.0, "p95_ms": 96.0,
        "p99_ms": 100.0, "max_ms": 100.0, "p95_first_token_ms": 10.0,
    }  # fmt: skip
    assert (support["count"], support["p99_ms"], support["p95_first_token_ms"]) == (1, 7.5, None)
    (filtered,) = ask(client, workflow="refunds")
    assert (filtered["count"], filtered["p95_first_token_ms"]) == (100, 10.0)
    (later,) = ask(client, since="2026-03-01T12:00:01Z")
    assert later["count"] == 1


def test_runs_by_model_count_in_each(client: TestClient, store: Store, tenant: str) -> None:
    rows = [
        make_run(tenant, "a", Models=["m1", "m2"], Tools=["t1"], DurationMs=10.0),
        make_run(tenant, "b", Models=["m1"], DurationMs=20.0),
        make_run(tenant, "c", DurationMs=30.0),
    ]
    insert_rows(store, "runs", rows)
    by_model = ask(client, group_by="model", of="run")
    assert [(group["model"], group["count"]) for group in by_model] == [("m1", 2), (None, 1), ("m2", 1)]
    both = ask(client, group_by="model,tool", of="run")
    assert {(group["model"], group["tool"]): group["max_ms"] for group in both} == {
        ("m1", "t1"): 10.0, ("m2", "t1"): 10.0, ("m1", None): 20.0, (None, None): 30.0,
    }  # fmt: skip


@pytest.fixture
def steps(store: Store, tenant: str) -> None:
    call = {"StepType": "model_call", "Workflow": "refunds", "Provider": "openai"}
    tool = {"StepType": "tool_call", "Workflow": "refunds", "ToolName": "refund"}
    rows = [
        make_step(tenant, "r", 1, Workflow="refunds", Model="m1", Duration=9 * SECOND),
        make_step(tenant, "r", 2, **call, Model="m1", Duration=100 * MS, FirstTokenMs=40.0),
        make_step(tenant, "r", 3, **call, Model="m1", Duration=300 * MS, StatusCode="Error"),
        make_step(tenant, "r", 4, **call, Model="m2", Duration=int(0.25 * MS)),
        # the same call told again by another span
        make_step(tenant, "r", 5, **call, Model="m1", Duration=5 * SECOND, IsCall=0),
        make_step(tenant, "r", 6, **tool, Duration=50 * MS, StatusCode="Error"),
        # not assembled yet
        make_step(tenant, "", 7, **tool, Duration=70 * MS, AssembledAt=0),
    ]
    insert_rows(store, "steps", rows)


@pytest.mark.usefixtures("steps")
def test_steps_by_model_are_model_calls_counted_once(client: TestClient) -> None:
    first, second = ask(client, group_by="model")
    assert (first["model"], first["count"], first["errors"], first["max_ms"]) == ("m1", 2, 1, 300.0)
    assert (first["p50_ms"], first["p95_first_token_ms"]) == (300.0, 40.0)
    assert (second["model"], second["max_ms"], second["p95_first_token_ms"]) == ("m2", 0.25, None)


@pytest.mark.usefixtures("steps")
def test_steps_by_tool_type_and_filter(client: TestClient) -> None:
    (tool,) = ask(client, group_by="tool")
    assert (tool["tool"], tool["count"], tool["errors"], tool["p95_ms"]) == ("refund", 1, 1, 50.0)
    by_type = {group["step_type"]: group["count"] for group in ask(client, group_by="step_type")}
    assert by_type == {"model_call": 3, "tool_call": 1, "agent": 1}
    (one,) = ask(client, of="step", model="m2")
    assert one["count"] == 1
    (early,) = ask(client, of="step", until="2026-03-01T12:00:03Z")
    assert early["count"] == 2


def test_first_tokens_need_no_period_nor_a_believable_clock(client: TestClient, store: Store, tenant: str) -> None:
    # 20 runs a workflow; one step's clock is not believable, so it lies on the first day of 1970
    runs, steps = [], []
    for number in range(1, 41):
        named = {"Workflow": "refunds" if number <= 20 else "support", "Version": f"v{number % 2}"}
        runs.append(make_run(tenant, f"r{number}", **named, DurationMs=1.0))
        steps.append(make_step(tenant, f"r{number}", 2, **named, StepType="model_call", FirstTokenMs=float(number)))
    steps[19] |= {"Day": date(1970, 1, 1), "Timestamp": 0, "ClockSkewed": 1}
    insert_rows(store, "runs", runs)
    insert_rows(store, "steps", steps)
    # place floor(0.95 * 20) = 19 of 1..20 and of 21..40
    expected = [("refunds", 20, 20.0), ("support", 20, 40.0)]
    for period in ({}, {"since": "2026-03-01"}, {"since": "1999-01-01", "until": "2030-01-01"}):
        found = [
            (g["workflow"], g["count"], g["p95_first_token_ms"]) for g in ask(client, group_by="workflow", **period)
        ]
        assert found == expected
    # v0 of refunds told 2, 4 … 20; place floor(0.95 * 10) = 9
    both = ask(client, group_by="workflow,version", version="v0")
    assert [(g["workflow"], g["version"], g["p95_first_token_ms"]) for g in both] == [
        ("refunds", "v0", 20.0),
        ("support", "v0", 40.0),
    ]
    assert ask(client, group_by="workflow", since="2026-03-02") == []
