"""Record, replay and event log of one run with everything in it."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schema.store import Store
from tests.api.rows import BASE, BASE_NS, MS, SECOND, insert_rows, make_run, make_step, span_id, trace_id

pytestmark = pytest.mark.engine


@pytest.fixture
def refund(store: Store, tenant: str) -> str:
    """agent 1 → model 2, tool 3 (fails, deepest in 4), retry 5, validator 6, approval 7, second telling 8."""
    run = "refund/1"
    rows = [
        make_step(tenant, run, 1, SpanName="invoke_agent refunder", StatusCode="Error"),
        make_step(tenant, run, 2, StepType="model_call", Model="m1", Provider="openai", InputTokens=10,
                  OutputTokens=4, ModelCostUsd=Decimal("0.0125"), FirstTokenMs=80.0, Duration=1500 * MS),
        make_step(tenant, run, 3, StepType="tool_call", ToolName="refund", StatusCode="Error"),
        make_step(tenant, run, 4, ParentSpanId=span_id(3), StepType="other", StatusCode="Error", IsFailure=1,
                  ErrorType="Timeout", Timestamp=BASE_NS + 3_500_000_000),
        make_step(tenant, run, 5, StepType="tool_call", ToolName="refund", ToolCallId="c2", InputHash="h2",
                  IsRetry=1, StatusCode="Ok", SideEffects=["refund:rf_9"], ToolCostUsd=Decimal("0.02")),
        make_step(tenant, run, 6, StepType="validator", PolicyRule="max-refund", PolicyDecision="escalate",
                  PolicyReason="over 100"),
        make_step(tenant, run, 7, StepType="approval", ApprovalType="refund", ApprovalRequired="true",
                  ApprovalApproved="true", ApprovalApprover="lead", Duration=250 * MS,
                  **{"Scores.Name": ["tone"], "Scores.Value": [0.5], "Scores.Label": [""],
                     "Scores.Explanation": ["calm"]}),
        make_step(tenant, run, 8, StepType="tool_call", ToolName="refund", IsCall=0, IsCounted=0,
                  SideEffects=["refund:rf_9", "mail:m1"], ParentSpanId="ffffffffffffffff", IsOrphan=1),
    ]  # fmt: skip
    insert_rows(store, "steps", rows)
    insert_rows(store, "runs", [make_run(tenant, run, Steps=8, DurationMs=9000.0, CostUsd=Decimal("0.0325"))])
    payload = {"Tenant": tenant, "TraceId": trace_id(run), "RetentionClass": "standard", "Day": BASE.date()}
    said = [
        {**payload, "SpanId": span_id(2), "InputMessages": '[{"role":"user","parts":[]}]',
         "OutputMessages": "[not json", "PayloadAttributes": [("custom.note", "hello")]},
        {**payload, "SpanId": span_id(5), "ToolArguments": '{"amount":5}', "ToolResult": "done"},
    ]  # fmt: skip
    insert_rows(store, "span_payloads", said)
    span = {"Tenant": tenant, "TraceId": trace_id(run), "SpanId": span_id(4), "Day": BASE.date()}
    insert_rows(store, "otel_traces", [{**span, "StatusMessage": "upstream slow", "SpanAttributes": [("a", "b")]}])
    return run


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


RECORD_FIELDS = [
    "run_id",
    "trace_ids",
    "continues",
    "continued_by",
    "tenant",
    "environment",
    "agent",
    "workflow",
    "session_id",
    "user",
    "started_at",
    "ended_at",
    "duration_ms",
    "models",
    "steps",
    "tool_calls",
    "approvals",
    "policy_decisions",
    "retries",
    "errors",
    "tokens",
    "cost",
    "budget",
    "outcome",
    "scores",
    "side_effects",
    "redaction",
    "completeness",
]


def test_record_has_every_field_of_the_contract(client: TestClient, refund: str) -> None:
    record = get(client, f"/v1/runs/{refund}")
    assert sorted(record) == sorted(RECORD_FIELDS)
    # the second telling of the call is no call
    assert record["tool_calls"] == [
        {"step": 3, "tool": "refund", "call_id": None, "input_hash": None, "status": "error", "latency_ms": 1000.0,
         "side_effects": []},
        {"step": 5, "tool": "refund", "call_id": "c2", "input_hash": "h2", "status": "ok", "latency_ms": 1000.0,
         "side_effects": [{"type": "refund", "id": "rf_9"}]},
    ]  # fmt: skip
    assert record["approvals"] == [
        {"type": "refund", "required": True, "approved": True, "approver": "lead", "waited_ms": 250.0}
    ]
    assert record["policy_decisions"] == [{"rule": "max-refund", "decision": "escalate", "reason": "over 100"}]
    assert record["scores"] == [
        {"name": "tone", "value": 0.5, "label": None, "explanation": "calm", "source": None, "at": None, "step": 7}
    ]
    assert record["side_effects"] == [
        {"type": "refund", "id": "rf_9", "step": 5},
        {"type": "mail", "id": "m1", "step": 8},
    ]


def test_replay_tells_each_step(client: TestClient, refund: str) -> None:
    replay = get(client, f"/v1/runs/{refund}/replay")
    steps = replay["steps"]
    assert [(step["step"], step["parent_step"]) for step in steps] == [
        (1, None), (2, 1), (3, 1), (4, 3), (5, 1), (6, 1), (7, 1), (8, None),
    ]  # fmt: skip
    model = steps[1]
    assert (model["model"], model["provider"], model["tokens_in"], model["tokens_out"]) == ("m1", "openai", 10, 4)
    assert (model["cost_usd"], model["first_token_ms"], model["latency_ms"]) == (0.0125, 80.0, 1500.0)
    assert model["input_messages"] == [{"role": "user", "parts": []}]
    assert model["output_messages"] == "[not json"
    assert model["attributes"] == {"custom.note": "hello"}
    assert (steps[4]["input"], steps[4]["output"], steps[4]["retry"]) == ({"amount": 5}, "done", True)
    assert (steps[5]["rule"], steps[5]["result"], steps[5]["reason"]) == ("max-refund", "escalate", "over 100")
    assert steps[3]["attributes"] == {"a": "b"}
    assert steps[7]["counted"] is False


def test_the_deepest_error_is_where_it_went_wrong(client: TestClient, refund: str) -> None:
    replay = get(client, f"/v1/runs/{refund}/replay")
    assert replay["attribution"] == {"first_failed_step": 4, "status": "error", "reason": "Timeout: upstream slow"}


def test_without_an_error_the_first_denial_is(client: TestClient, store: Store, tenant: str) -> None:
    rows = [make_step(tenant, "d", 1), make_step(tenant, "d", 2, PolicyDecision="deny", PolicyRule="no-refunds")]
    insert_rows(store, "steps", rows)
    insert_rows(store, "runs", [make_run(tenant, "d")])
    attribution = get(client, "/v1/runs/d/replay")["attribution"]
    assert attribution == {"first_failed_step": 2, "status": "deny", "reason": "no-refunds"}


def test_when_nothing_went_wrong_nothing_is_blamed(client: TestClient, store: Store, tenant: str) -> None:
    insert_rows(store, "steps", [make_step(tenant, "fine", 1)])
    insert_rows(store, "runs", [make_run(tenant, "fine")])
    attribution = get(client, "/v1/runs/fine/replay")["attribution"]
    assert attribution == {"first_failed_step": None, "status": None, "reason": None}


@pytest.mark.parametrize(("query", "accept"), [("?format=jsonl", "*/*"), ("", "application/x-ndjson")])
def test_event_log(client: TestClient, refund: str, query: str, accept: str) -> None:
    answer = client.get(f"/v1/runs/{refund}/replay{query}", headers={"accept": accept})
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == 9
    assert lines[1] == {
        "run_id": refund, "step": 2, "type": "model_call", "span_id": span_id(2), "parent_step": 1, "name": "step 2",
        "started_at": "2026-03-01T12:00:02.000000Z", "latency_ms": 1500.0, "status": "unset", "model": "m1",
        "provider": "openai", "tokens_in": 10, "tokens_out": 4, "cost_usd": 0.0125,
    }  # fmt: skip
    assert lines[4].items() >= {"tool": "refund", "input": {"amount": 5}, "output": "done", "input_hash": "h2"}.items()
    assert lines[5].items() >= {"rule": "max-refund", "result": "escalate"}.items()
    assert lines[8] == {"run_id": refund, "final": "success", "cost_usd": 0.0325, "total_latency_ms": 9000.0}


def test_an_unknown_run_is_404(client: TestClient) -> None:
    for path in ("/v1/runs/nobody", "/v1/runs/nobody/replay"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_another_tenants_run_is_unknown(client: TestClient, store: Store) -> None:
    insert_rows(store, "runs", [make_run("somebody-else", "theirs")])
    assert client.get("/v1/runs/theirs").status_code == 404
    assert client.get("/v1/runs/theirs/replay").status_code == 404


def test_a_replay_shows_no_other_tenants_words(client: TestClient, store: Store, tenant: str) -> None:
    insert_rows(store, "steps", [make_step(tenant, "same", 1)])
    insert_rows(store, "runs", [make_run(tenant, "same")])
    key = {"Tenant": "somebody-else", "TraceId": trace_id("same"), "SpanId": span_id(1), "Day": BASE.date()}
    insert_rows(store, "span_payloads", [{**key, "InputMessages": "theirs"}])
    insert_rows(store, "otel_traces", [{**key, "StatusMessage": "theirs"}])
    answer = client.get("/v1/runs/same/replay")
    assert answer.status_code == 200
    assert "theirs" not in answer.text


def test_steps_of_other_days_and_unbelievable_clocks_are_found(client: TestClient, store: Store, tenant: str) -> None:
    day = 24 * 3600 * SECOND
    rows = [
        make_step(tenant, "long", 1),
        make_step(tenant, "long", 2, Timestamp=BASE_NS + 2 * day, Day=BASE.date() + timedelta(days=2)),
        make_step(tenant, "long", 3, Timestamp=5, Day=date(1970, 1, 1), ClockSkewed=1),
    ]
    insert_rows(store, "steps", rows)
    insert_rows(store, "runs", [make_run(tenant, "long", DurationMs=2 * 24 * 3600 * 1000.0)])
    keys = [{"Tenant": tenant, "TraceId": row["TraceId"], "SpanId": row["SpanId"], "Day": row["Day"]} for row in rows]
    insert_rows(store, "span_payloads", [{**key, "ToolResult": "said"} for key in keys])
    steps = get(client, "/v1/runs/long/replay")["steps"]
    assert [step["output"] for step in steps] == ["said"] * 3
