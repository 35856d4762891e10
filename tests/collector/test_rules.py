"""What a deployment adds in `runvault.toml` (docs/dialects.md, docs/costs.md)."""

import json
import tomllib
from decimal import Decimal

import pytest

from collector.decode import JSON
from collector.dialects.reader import read_step
from collector.explain import explain_logs, explain_traces
from collector.pricing import PriceBook
from collector.rules import Rules, parse_rules
from collector.spans import Attributes
from collector.steps import Step
from schema.errors import ConfigError
from tests.collector.otlp_json import GOLDEN, make_span

RULES = """
[mapping]
"app.customer" = "customer_id"
"app.kind" = "step_type"
"app.tokens" = "input_tokens"
"app.model" = "request_model"
"gen_ai.agent.name" = "workflow_name"
[tool_prices]
send_sms = 0.0075
[[side_effects]]
tool = "issue_*"
path = "refund.id"
type = "refund"
[[side_effects]]
tool = "ship"
path = "$.parcels[*].no"
type = "parcel"
[outcome_statuses]
resolved = "success"
[budgets]
support = { usd = 2, steps = 40, tool_calls = 10 }
refunds = 0.25
"*" = 1
"""


def read(text: str) -> Rules:
    return parse_rules(tomllib.loads(text), "runvault.toml")


def read_with(attributes: Attributes, resource: Attributes | None = None, rules: str = RULES) -> Step:
    own = read(rules)
    step = read_step(make_span(attributes, resource=resource), own.map_attributes)
    own.apply(step)
    return step


def test_an_attribute_becomes_the_field_it_is_mapped_to() -> None:
    step = read_with({"app.customer": "c-7", "app.kind": "model_call", "app.tokens": "40", "app.model": "gpt-4o"})
    assert (step.customer_id, step.step_type, step.input_tokens, step.has_usage) == ("c-7", "model_call", 40, True)
    # 40 * 2.50 per million
    assert PriceBook().price(step, 1_793_534_400_000_000_000).cost_usd == Decimal("0.0001")


def test_the_resource_is_asked_after_the_span() -> None:
    assert read_with({}, {"app.customer": "c-1"}).customer_id == "c-1"
    assert read_with({"app.customer": "c-2"}, {"app.customer": "c-1"}).customer_id == "c-2"


def test_a_mapping_stands_above_a_dialect_and_below_our_own_attributes() -> None:
    mapped = read_with({"gen_ai.agent.name": "planner", "traceloop.workflow.name": "w", "traceloop.span.kind": "agent"})
    assert (mapped.workflow_name, mapped.agent_name) == ("planner", "planner")
    own = read_with({"gen_ai.agent.name": "planner", "runvault.workflow.name": "refunds"})
    assert own.workflow_name == "refunds"


def test_what_cannot_be_read_changes_nothing() -> None:
    step = read_with({"app.kind": "nonsense", "app.tokens": "many", "app.customer": ""})
    assert (step.step_type, step.input_tokens, step.customer_id) == ("other", 0, "")


def tool(name: str, result: object) -> Attributes:
    return {
        "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name,
        "gen_ai.tool.call.result": json.dumps(result),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "result", "expected"),
    [
        ("issue_refund", {"refund": {"id": "re_123"}}, ["refund:re_123"]),
        ("issue_refund", {"refund": {"id": 77}}, ["refund:77"]),
        ("ship", {"parcels": [{"no": "A"}, {"no": "B"}, {}]}, ["parcel:A", "parcel:B"]),
        ("lookup", {"refund": {"id": "re_123"}}, []),
        ("issue_refund", {"refund": {"id": {"deep": 1}}}, []),
        ("issue_refund", {"refund": {"id": "x" * 201}}, []),
        ("issue_refund", "not an object", []),
    ],
)
def test_an_id_is_lifted_out_of_the_result(name: str, result: object, expected: list[str]) -> None:
    assert read_with(tool(name, result)).side_effects == expected


def test_a_tool_has_a_price_unless_it_says_its_own() -> None:
    assert read_with(tool("send_sms", {})).tool_cost_usd == Decimal("0.0075")
    assert read_with({**tool("send_sms", {}), "runvault.tool.cost_usd": 0.5}).tool_cost_usd == Decimal("0.5")
    assert read_with(tool("other", {})).tool_cost_usd is None


def test_outcomes_and_budgets() -> None:
    assert read_with({"runvault.outcome.status": "resolved"}).outcome_status == "success"
    assert read_with({"runvault.outcome.status": "parked"}).outcome_status == "parked"
    assert read_with({"runvault.workflow.name": "refunds"}).budget_usd == 0.25
    assert read_with({"runvault.workflow.name": "other"}).budget_usd == 1
    assert read_with({"runvault.workflow.name": "refunds", "runvault.budget.usd": 9}).budget_usd == 9
    assert read_with({}).budget_usd is None


def test_words_of_outcomes_know_no_capitals() -> None:
    assert read_with({"runvault.outcome.status": " Resolved "}).outcome_status == "success"
    assert read_with({"runvault.outcome.status": "SUCCESS"}).outcome_status == "success"


def test_a_budget_of_several_limits_and_the_spans_own() -> None:
    step = read_with({"runvault.workflow.name": "support", "runvault.budget.steps": 7})
    assert (step.budget_usd, step.budget_steps, step.budget_tool_calls, step.budget_tokens) == (2, 7, 10, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[mapping]\nx = "no_such"', "mapping: x: no_such is no field"),
        ("[mapping]\nx = 1", "mapping: x: expected text"),
        ("[tool_prices]\nx = -1", "tool_prices: x: expected an amount"),
        ('[[side_effects]]\ntool = "x"\npath = "a"', "side_effects: 1: expected tool, path and type"),
        ("[budgets]\nx = true", "budgets: x: usd: expected an amount"),
        ("[budgets]\nx = {}", "budgets: x: expected an amount in USD, or usd, steps"),
        ("[budgets]\nx = {steps = 1.5}", "budgets: x: steps: expected a whole number"),
        ("[budgets]\nx = {calls = 1}", "budgets: x: expected an amount in USD, or usd, steps"),
    ],
)
def test_a_mistake_is_named(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        read(text)


def test_a_file_is_explained() -> None:
    told = explain_traces((GOLDEN / "langfuse.json").read_bytes(), JSON, read(RULES), PriceBook())
    call = next(one for one in told if one.name == "decide")
    assert (call.dialect, call.step_type) == ("langfuse", "model_call")
    assert (call.fields["input_tokens"], call.fields["cache_read_tokens"]) == ("120", "64")
    assert call.price.startswith("priced 0.000028200000 USD genai-prices")
    assert "langfuse.trace.tags" in call.unread
    assert "langfuse.observation.input" not in call.unread
    records = explain_logs((GOLDEN / "semantic-kernel.logs.json").read_bytes(), JSON)
    assert {one.step_type for one in records} == {"message", "reply", "model_call", "refused"}
