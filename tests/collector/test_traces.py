"""Spans in any order, in any batches, sent again: the same steps and the same run records."""

import itertools
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.memory import Memory
from schema.store import Store
from tests.collector.facts import START, START_NS, assemble, make_fact

pytestmark = pytest.mark.engine

_numbers = itertools.count(1)
SECOND = 10**9


def make_run(tenant: str) -> list[dict[str, Any]]:
    """A run over two traces: roll-up tokens on the agent, a failed tool call and its retry, a late trace."""

    def fact(span: str, parent: str, kind: str, at: int, **values: Any) -> dict[str, Any]:
        values = {"Timestamp": START_NS + at * SECOND, "Duration": SECOND} | values
        return make_fact(span, parent, kind, Tenant=tenant, **values)

    return [
        fact("root", "", "workflow", 0, Duration=60 * SECOND, OwnRunId="run-1", WorkflowName="refund",
             WorkflowVersion="3", OutcomeStatus="success", StatusCode="Ok"),
        fact("agent", "root", "agent", 1, AgentName="refunder", InputTokens=300, UserId="u1"),
        fact("m1", "agent", "model_call", 2, Model="gpt-4o", InputTokens=100, OutputTokens=10,
             ModelCostUsd=Decimal("0.01"), PriceStatus="priced", PriceList="list 1"),
        fact("t1", "agent", "tool_call", 4, ToolName="pay", InputHash="h", StatusCode="Error",
             ToolCostUsd=Decimal("0.03"), RedactionFindings=[("EMAIL_ADDRESS", 2)]),
        fact("t2", "agent", "tool_call", 6, ToolName="pay", InputHash="h", ToolCostUsd=Decimal("0.03"),
             SideEffects=["refund:re_1"], RedactionFindings=[("EMAIL_ADDRESS", 1), ("API_KEY", 1)]),
        fact("m2", "agent", "model_call", 8, Model="house", InputTokens=200, OutputTokens=20, PriceStatus="unpriced"),
        fact("ok", "root", "approval", 10, Duration=30 * SECOND, ReviewCostUsd=Decimal("0.5")),
        fact("v1", "", "validator", 70, TraceId="t2", OwnRunId="run-1", PolicyDecision="deny"),
    ]  # fmt: skip


# worked out by hand from the facts above
EXPECTED = {
    "RunId": "run-1", "TraceIds": ["t1", "t2"], "Workflow": "refund", "Version": "3", "Agent": "refunder",
    "UserId": "u1", "Steps": 8, "ModelCalls": 2, "ToolCalls": 2, "FailedToolCalls": 1, "Retries": 1, "Errors": 1,
    "Approvals": 1, "ApprovalWaitMs": 30_000.0, "PolicyViolations": 1, "InputTokens": 300, "OutputTokens": 30,
    "ModelCostUsd": Decimal("0.01"), "ToolCostUsd": Decimal("0.06"), "ReviewCostUsd": Decimal("0.5"),
    "CostUsd": Decimal("0.57"), "Models": ["gpt-4o", "house"], "Tools": ["pay"], "PriceLists": ["list 1"],
    "UnpricedModels": ["house"], "SideEffects": ["refund:re_1"], "OutcomeStatus": "success", "OutcomeSource": "agent",
    "RootSeen": 1, "OrphanSpans": 0, "LateSpans": 0, "DurationMs": 71_000.0,
    "Findings": {"EMAIL_ADDRESS": 3, "API_KEY": 1},
}  # fmt: skip


def read_runs(store: Store, tenant: str) -> list[dict[str, Any]]:
    """The run rows, without the columns that tell when they were made."""
    rows = store.query("SELECT * FROM runs_current WHERE Tenant = {t:String}", {"t": tenant}, tag="test")
    return [{name: value for name, value in row.items() if name not in ("RefreshedAt", "Tenant")} for row in rows]


def load(store: Store, batches: list[list[dict[str, Any]]]) -> None:
    """Load batch after batch."""
    memory = Memory(store)
    for batch in batches:
        assemble(store, memory, batch, f"test-{next(_numbers)}")


def test_the_run_is_what_was_worked_out_by_hand(store: Store, tenant: str) -> None:
    load(store, [make_run(tenant)])
    (run,) = read_runs(store, tenant)
    assert {name: run[name] for name in EXPECTED} == EXPECTED


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_order_batches_and_resends_change_nothing(store: Store, data: st.DataObject) -> None:
    tenant = f"order-{next(_numbers)}"
    chance = random.Random(data.draw(st.integers(0, 10**6)))
    facts = make_run(tenant)
    facts += chance.sample(facts, data.draw(st.integers(0, len(facts))))
    chance.shuffle(facts)
    cuts = sorted(data.draw(st.lists(st.integers(1, len(facts) - 1), max_size=4, unique=True)))
    load(store, [facts[start:end] for start, end in itertools.pairwise([0, *cuts, len(facts)])])
    (run,) = read_runs(store, tenant)
    assert {name: run[name] for name in EXPECTED} == EXPECTED
    steps = store.query(
        "SELECT SpanId, RunId, Workflow, IsCounted FROM steps_current WHERE Tenant = {t:String} ORDER BY SpanId",
        {"t": tenant},
        tag="test",
    )
    assert [step["SpanId"] for step in steps] == ["agent", "m1", "m2", "ok", "root", "t1", "t2", "v1"]
    assert {step["Workflow"] for step in steps} == {"refund"}
    assert {step["SpanId"] for step in steps if step["IsCounted"]} == {"m1", "m2"}


def test_a_run_that_gets_its_id_late_leaves_nothing_behind(store: Store, tenant: str) -> None:
    facts = [fact for fact in make_run(tenant) if fact["TraceId"] == "t1"]
    load(store, [facts[1:]])
    assert [run["RunId"] for run in read_runs(store, tenant)] == ["t1"]
    load(store, [facts[:1]])
    assert [run["RunId"] for run in read_runs(store, tenant)] == ["run-1"]


def test_a_run_that_turns_out_to_have_begun_the_day_before_is_one_run(store: Store, tenant: str) -> None:
    late = make_fact("b", "a", Tenant=tenant)
    early = make_fact("a", Tenant=tenant, Timestamp=START_NS - 86_400 * SECOND, Day=late["Day"].replace(day=19))
    load(store, [[late], [early]])
    (run,) = read_runs(store, tenant)
    assert (run["Steps"], run["OrphanSpans"], run["Day"].day) == (2, 0, 19)


def test_a_span_stays_on_time_when_it_is_sent_again_much_later(store: Store, tenant: str) -> None:
    facts = [make_fact("a", Tenant=tenant), make_fact("b", "a", Tenant=tenant)]
    load(store, [facts, [fact | {"ReceivedAt": START.replace(hour=23)} for fact in facts]])
    assert [run["LateSpans"] for run in read_runs(store, tenant)] == [0]
    load(store, [[make_fact("c", "a", Tenant=tenant, ReceivedAt=START.replace(hour=23))]])
    assert [run["LateSpans"] for run in read_runs(store, tenant)] == [1]


def test_the_look_up_of_the_collectors_exporter_finds_a_traces_times(store: Store, tenant: str) -> None:
    trace = f"trace-of-{tenant}"
    mine = {"Tenant": tenant, "TraceId": trace}
    facts = [make_fact("a", Duration=90 * SECOND, **mine), make_fact("b", "a", **mine)]
    load(store, [facts, facts])
    rows = store.query(
        "SELECT Start, End FROM otel_traces_trace_id_ts WHERE TraceId = {trace:String}", {"trace": trace}, tag="test"
    )
    assert [(row["End"] - row["Start"]).total_seconds() for row in rows] == [90]


def test_tenants_do_not_meet(store: Store, tenant: str) -> None:
    other = f"{tenant}-other"
    load(store, [[make_fact("a", Tenant=tenant), make_fact("b", "a", Tenant=other)]])
    assert [(run["Steps"], run["OrphanSpans"]) for run in read_runs(store, tenant)] == [(1, 0)]
    assert [(run["Steps"], run["OrphanSpans"]) for run in read_runs(store, other)] == [(1, 1)]
