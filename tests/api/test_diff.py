"""Two runs side by side: which steps are put beside which, where they part, and what makes no difference."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.diff import COMPARED, MEASURED, build_diff
from schema.store import Store
from tests.api.rows import BASE, insert_rows, make_run, make_step, span_id, trace_id

Step = dict[str, Any]


def step(kind: str, name: str = "", **fields: Any) -> Step:
    """A replayed step, as far as it is compared."""
    tool = name if kind == "tool_call" else None
    return {**dict.fromkeys((*COMPARED, *MEASURED)), "type": kind, "name": name, "tool": tool, "latency_ms": 1.0,
            "cost_usd": 0.0, **fields}  # fmt: skip


def replay(*steps: Step) -> dict[str, Any]:
    run = {
        "run_id": "r", "agent": {}, "workflow": {}, "models": [], "started_at": "", "duration_ms": 1.0, "steps": 1,
        "errors": 0, "tokens": {}, "outcome": {"status": "success"}, "cost": {"usd": 0.5}, "tool_calls": [1, 2],
    }  # fmt: skip
    return {"run": run, "steps": [{**step, "step": number} for number, step in enumerate(steps, 1)]}


def compare(a: list[Step], b: list[Step]) -> tuple[list[tuple[str, int | None, int | None, list[str]]], Any]:
    diff = build_diff(replay(*a), replay(*b))
    told = [(s["change"], s["a_step"], s["b_step"], list(s["fields"])) for s in diff["steps"]]
    return told, diff["first_divergence"]


AGENT, ASK, PAY = step("agent", "refunder"), step("model_call", "chat", model="m1"), step("tool_call", "pay", input=1)


def test_runs_that_do_the_same() -> None:
    quick = {**ASK, "latency_ms": 9.0, "tokens_in": 5, "cost_usd": 1.0}
    told, parted = compare([AGENT, ASK, PAY], [AGENT, quick, PAY])
    assert told == [("same", 1, 1, []), ("same", 2, 2, []), ("same", 3, 3, [])]
    assert parted is None
    first = build_diff(replay(ASK), replay(quick))["steps"][0]
    assert (first["latency_ms"], first["cost_usd"]) == ({"a": 1.0, "b": 9.0}, {"a": 0.0, "b": 1.0})


def test_they_part_at_the_first_step_that_differs() -> None:
    told, parted = compare([AGENT, ASK, PAY, ASK], [AGENT, {**ASK, "model": "m2"}, {**PAY, "input": 2}, ASK])
    assert told == [("same", 1, 1, []), ("changed", 2, 2, ["model"]), ("changed", 3, 3, ["input"]), ("same", 4, 4, [])]
    assert parted == {"change": "changed", "a_step": 2, "b_step": 2, "type": "model_call", "name": "chat",
                      "fields": ["model"]}  # fmt: skip


def test_a_step_that_only_one_has() -> None:
    look = step("tool_call", "look")
    told, parted = compare([AGENT, ASK, PAY], [AGENT, ASK, look, PAY])
    assert told == [("same", 1, 1, []), ("same", 2, 2, []), ("only_b", None, 3, []), ("same", 3, 4, [])]
    assert parted["change"] == "only_b"
    assert (parted["a_step"], parted["b_step"], parted["name"]) == (None, 3, "look")
    told, parted = compare([AGENT, look], [AGENT, PAY])
    assert told == [("same", 1, 1, []), ("only_a", 2, None, []), ("only_b", None, 2, [])]
    assert parted["change"] == "only_a"


def test_ids_of_calls_make_no_difference_and_ids_of_things_do() -> None:
    def said(call: str, order: str) -> Step:
        part = {"type": "tool_call", "id": call, "name": "pay", "arguments": {"id": order}}
        return {**ASK, "output_messages": [{"role": "assistant", "parts": [part]}]}

    assert compare([said("c1", "o1")], [said("c2", "o1")])[1] is None
    assert compare([said("c1", "o1")], [said("c1", "o2")])[1]["fields"] == ["output_messages"]


def test_a_run_without_steps() -> None:
    assert compare([], []) == ([], None)
    assert compare([], [ASK])[0] == [("only_b", None, 1, [])]


def test_many_steps_are_cut_and_it_says_so() -> None:
    diff = build_diff(replay(*[ASK] * 2001), replay(ASK))
    assert diff["truncated"]
    assert len(diff["steps"]) == 2000


@pytest.mark.engine
def test_over_the_api(client: TestClient, store: Store, tenant: str) -> None:
    for run, failed in (("a/1", False), ("b", True)):
        status = "Error" if failed else "Ok"
        insert_rows(store, "runs", [make_run(tenant, run, Steps=2, OutcomeStatus="failure" if failed else "success")])
        insert_rows(store, "steps", [
            make_step(tenant, run, 1, SpanName="refunder"),
            make_step(tenant, run, 2, StepType="tool_call", ToolName="pay", StatusCode=status),
        ])  # fmt: skip
        payload = {"Tenant": tenant, "TraceId": trace_id(run), "RetentionClass": "standard", "Day": BASE.date()}
        insert_rows(store, "span_payloads", [{**payload, "SpanId": span_id(2), "ToolArguments": '{"amount":5}'}])
    diff = client.get("/v1/runs/a/1/diff/b").json()
    assert (diff["a"]["run_id"], diff["b"]["run_id"]) == ("a/1", "b")
    assert (diff["a"]["outcome"], diff["b"]["outcome"]) == ("success", "failure")
    assert diff["first_divergence"] == {"change": "changed", "a_step": 2, "b_step": 2, "type": "tool_call",
                                        "name": "pay", "fields": ["status"]}  # fmt: skip
    assert diff["steps"][1]["fields"] == {"status": {"a": "ok", "b": "error"}}
    assert client.get("/v1/runs/b/diff/a/1").json()["steps"][1]["fields"] == {"status": {"a": "error", "b": "ok"}}
    assert client.get("/v1/runs/a/1/diff/nobody").status_code == 404
