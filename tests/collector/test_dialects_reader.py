"""Which dialect reads a span, two dialects on one span, our own attributes, and what holds for any span."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.dialects.reader import read_step
from collector.spans import Attributes, Event, Value
from collector.steps import STEP_TYPES
from tests.collector.otlp_json import make_span

GENAI = "opentelemetry.instrumentation.genai.openai"


def test_nobody_understands_it() -> None:
    step = read_step(make_span({"http.route": "/"}))
    assert (step.dialect, step.step_type, step.absorbed) == ("", "other", set())


def test_the_scope_decides_before_the_attributes() -> None:
    both: Attributes = {
        "openinference.span.kind": "CHAIN",
        "gen_ai.operation.name": "invoke_agent",
        "session.id": "s",
        "gen_ai.conversation.id": "c",
    }
    by_attribute = read_step(make_span(both))
    assert (by_attribute.dialect, by_attribute.step_type, by_attribute.session_id) == ("openinference", "workflow", "s")
    by_scope = read_step(make_span(both, scope=GENAI))
    assert (by_scope.dialect, by_scope.step_type, by_scope.session_id) == ("otel-genai", "agent", "c")


def test_the_second_dialect_fills_what_the_first_left_empty() -> None:
    step = read_step(
        make_span(
            {
                "openinference.span.kind": "LLM",
                "llm.token_count.prompt": 100,
                "llm.input_messages.0.message.content": "hi",
                "gen_ai.operation.name": "chat",
                "gen_ai.usage.input_tokens": 999,
                "gen_ai.usage.output_tokens": 7,
                "gen_ai.response.id": "r",
                "gen_ai.input.messages": "[]",
                "gen_ai.output.messages": "[1]",
            }
        )
    )
    assert (step.input_tokens, step.output_tokens, step.response_id) == (100, 7, "r")
    assert step.output_messages == "[1]"
    # what lost is not in the step, so it is not absorbed
    assert step.absorbed == {"llm.input_messages.0.message.content", "gen_ai.output.messages"}


def test_our_own_attributes_win() -> None:
    step = read_step(
        make_span(
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.workflow.name": "theirs",
                "gen_ai.agent.call.id": "theirs",
                "runvault.run.id": "run-1",
                "runvault.workflow.name": "ours",
                "runvault.workflow.version": "v2",
                "runvault.prompt.version": 3,
                "runvault.user.id": "u",
                "runvault.customer.id": "c",
                "runvault.step.type": "validator",
                "runvault.retry.of": "cdcdcdcdcdcdcdcd",
                "runvault.tool.cost_usd": 0.1,
                "runvault.tool.schema_version": "4",
                "runvault.side_effect.type": "refund",
                "runvault.side_effect.id": "rf_77",
                "runvault.policy.rule": "limit",
                "runvault.policy.decision": "deny",
                "runvault.policy.reason": "too much",
                "runvault.approval.type": "refund",
                "runvault.approval.required": True,
                "runvault.approval.approved": "false",
                "runvault.approval.approver": "lee",
                "runvault.review.minutes": "2.5",
                "runvault.outcome.status": "success",
                "runvault.outcome.reason": "done",
                "runvault.budget.usd": 5,
                "runvault.tenant": "evil",
            }
        )
    )
    assert (step.dialect, step.step_type, step.run_id) == ("otel-genai", "validator", "run-1")
    assert (step.workflow_name, step.workflow_version, step.prompt_version) == ("ours", "v2", "3")
    assert (step.user_id, step.customer_id, step.retry_of) == ("u", "c", "cdcdcdcdcdcdcdcd")
    assert (step.tool_cost_usd, step.tool_schema_version) == (Decimal("0.1"), "4")
    assert step.side_effects == ["refund:rf_77"]
    assert (step.policy_rule, step.policy_decision, step.policy_reason) == ("limit", "deny", "too much")
    assert (step.approval_type, step.approval_required, step.approval_approved) == ("refund", True, False)
    assert (step.approval_approver, step.review_minutes, step.budget_usd) == ("lee", 2.5, 5.0)
    assert (step.outcome_status, step.outcome_reason) == ("success", "done")


def test_the_resource_speaks_where_the_span_is_silent() -> None:
    resource: Attributes = {"runvault.workflow.name": "flow", "runvault.workflow.version": "v1"}
    step = read_step(make_span({"runvault.workflow.version": "v2"}, resource=resource))
    assert (step.workflow_name, step.workflow_version, step.dialect) == ("flow", "v2", "runvault")
    assert read_step(make_span(resource=resource)).dialect == ""


def test_own_attributes_that_make_no_sense_are_left_alone() -> None:
    step = read_step(
        make_span(
            {
                "gen_ai.operation.name": "chat",
                "runvault.step.type": "party",
                "runvault.tool.cost_usd": -1,
                "runvault.review.minutes": -3,
                "runvault.budget.usd": "much",
                "runvault.approval.required": "maybe",
                "runvault.workflow.name": "",
            }
        )
    )
    assert (step.step_type, step.tool_cost_usd, step.review_minutes) == ("model_call", None, None)
    assert (step.budget_usd, step.approval_required) == (None, None)


def test_several_side_effects_come_as_two_lists() -> None:
    step = read_step(
        make_span({"runvault.side_effect.type": ["refund", "mail"], "runvault.side_effect.id": ["rf_1", "m_2"]})
    )
    assert step.side_effects == ["refund:rf_1", "mail:m_2"]
    assert read_step(make_span({"runvault.side_effect.type": "mail"})).side_effects == ["mail:"]


@pytest.mark.parametrize(
    ("attributes", "status", "error_type"),
    [
        ({"error.type": "timeout"}, 2, "timeout"),
        ({}, 2, "openai.RateLimitError"),
        ({}, 0, "openai.RateLimitError"),
        # ended well: the exception was dealt with (a LangGraph interrupt, for one)
        ({}, 1, ""),
    ],
)
def test_error_type(attributes: Attributes, status: int, error_type: str) -> None:
    event = Event(1, "exception", {"exception.type": "openai.RateLimitError", "exception.message": "429"})
    assert read_step(make_span(attributes, status=status, events=[event])).error_type == error_type


def test_session_and_user_of_any_span() -> None:
    step = read_step(make_span({"session.id": "s", "user.id": "u", "enduser.id": "old"}))
    assert (step.session_id, step.user_id) == ("s", "u")


@pytest.mark.parametrize(
    ("dollars", "kept"),
    [
        (0.1, "0.1"),
        ("0.0000000000014", "0.000000000001"),
        (999_999, "999999"),
        # rounds up to a million, which the store's Decimal(18, 12) cannot hold
        ("999999.9999999999999", None),
        (1_000_000, None),
        ("1e-400", "0"),
        ("1e400", None),
        (float("inf"), None),
        ("sNaN", None),
        (True, None),
    ],
)
def test_money_fits_the_store(dollars: Value, kept: str | None) -> None:
    step = read_step(make_span({"runvault.tool.cost_usd": dollars}))
    assert step.tool_cost_usd == (None if kept is None else Decimal(kept))


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=20)
    | st.binary(max_size=8) | st.sampled_from(["[", "{}", '[{"role":1}]', '{"messages":[{"content":[1]}]}', "stop"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.usage.input_tokens",
        "gen_ai.response.finish_reasons", "gen_ai.input.messages", "gen_ai.prompt", "gen_ai.completion",
        "gen_ai.evaluation.name", "gen_ai.retrieval.query.text", "gen_ai.tool.call.arguments", "gen_ai.usage.cost",
        "gen_ai.response.time_to_first_chunk", "mcp.method.name", "openinference.span.kind", "llm.model_name",
        "llm.token_count.prompt", "llm.cost.total", "llm.cost.prompt", "llm.invocation_parameters", "metadata",
        "input.value", "output.value", "llm.input_messages.0.message.role", "llm.input_messages.0.message.content",
        "llm.input_messages.0.message.contents.0.message_content.image.image.url",
        "llm.input_messages.0.message.contents.1.message_content.text", "llm.input_messages.00.message.content",
        "llm.input_messages.1.message.tool_call_id", "llm.input_messages.²", "llm.input_messages.٣.message.content",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments", "llm.prompts.0.prompt.text",
        "retrieval.documents.0.document.metadata", "retrieval.documents.0.document.score",
        "evaluations.0.evaluation.score", "runvault.run.id", "runvault.step.type", "runvault.tool.cost_usd",
        "runvault.side_effect.type", "runvault.side_effect.id", "runvault.review.minutes", "error.type", "user.id",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(KEYS, VALUES, max_size=12),
    st.sampled_from(["LLM", "TOOL", "RETRIEVER", "AGENT", "EMBEDDING", "RERANKER", ""]),
    st.sampled_from(["", GENAI, "openinference.instrumentation.openai", "mcp-python-sdk"]),
)
def test_no_value_of_any_type_breaks_the_reader(attributes: Attributes, kind: str, scope: str) -> None:
    if kind:
        attributes = {**attributes, "openinference.span.kind": kind}
    span = make_span(attributes, scope=scope, events=[Event(1, "exception", attributes)])
    step = read_step(span)
    assert step.step_type in STEP_TYPES
    assert step.absorbed <= attributes.keys()
    assert 0 <= step.input_tokens < 2**63
    for text in (step.input_messages, step.output_messages, step.documents, step.tool_arguments, step.provider):
        assert isinstance(text, str)
