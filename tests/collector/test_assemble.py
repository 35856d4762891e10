"""Assembling: trees worked out by hand, and the same answer whatever the order."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.assemble import assemble_steps
from collector.tree import Tree
from tests.collector.facts import make_fact, to_frame


def assemble(*rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Assembled steps by span id."""
    return {row["SpanId"]: row for row in assemble_steps(to_frame(list(rows))).to_dicts()}


def test_depth_and_orphans() -> None:
    steps = assemble(make_fact("a"), make_fact("b", "a"), make_fact("c", "b"), make_fact("x", "gone"))
    assert {name: step["Depth"] for name, step in steps.items()} == {"a": 0, "b": 1, "c": 2, "x": 0}
    assert {name: step["IsOrphan"] for name, step in steps.items()} == {"a": 0, "b": 0, "c": 0, "x": 1}


@pytest.mark.parametrize("length", [1, 2, 3, 100, 10_000])
def test_depth_of_a_chain(length: int) -> None:
    assert Tree(np.arange(length) - 1).depths().tolist() == list(range(length))


def test_a_cycle_ends() -> None:
    steps = assemble(make_fact("a", "b"), make_fact("b", "a"), make_fact("c", "c"))
    assert set(steps) == {"a", "b", "c"}
    assert steps["c"]["Depth"] == 0


def test_run_id_is_the_nearest_said_then_the_only_one_then_the_trace() -> None:
    steps = assemble(
        make_fact("root"),
        make_fact("a", "root", OwnRunId="run-a"),
        make_fact("a1", "a"),
        make_fact("b", "root", OwnRunId="run-b"),
        make_fact("b1", "b"),
        make_fact("r2", TraceId="t2"),
        make_fact("o2", "r2", TraceId="t2", OwnRunId="only"),
        make_fact("r3", TraceId="t3"),
    )
    assert {name: step["RunId"] for name, step in steps.items()} == {
        "root": "t1", "a": "run-a", "a1": "run-a", "b": "run-b", "b1": "run-b", "r2": "only", "o2": "only", "r3": "t3"
    }  # fmt: skip


def test_names_come_from_the_nearest_agent_and_the_top_of_the_run() -> None:
    steps = assemble(
        make_fact("root", SpanName="GET /refund"),
        make_fact("top", "root", "agent", AgentName="planner", AgentVersion="2"),
        make_fact("sub", "top", "agent", AgentName="worker"),
        make_fact("call", "sub", "model_call"),
        make_fact("plain", TraceId="t2", SpanName="main", ServiceVersion="1.0"),
        make_fact("flow", TraceId="t3", WorkflowName="refunds", WorkflowVersion="7"),
    )
    assert [steps[name]["Agent"] for name in ("root", "top", "call", "plain")] == [
        "planner",
        "planner",
        "worker",
        "svc",
    ]
    assert [steps[name]["Workflow"] for name in ("call", "plain", "flow")] == ["planner", "main", "refunds"]
    assert [steps[name]["Version"] for name in ("call", "plain", "flow")] == ["2", "1.0", "7"]


def flags(steps: dict[str, dict[str, Any]], column: str) -> set[str]:
    """Spans that have the flag."""
    return {name for name, step in steps.items() if step[column] == 1}


def test_a_roll_up_is_not_counted_and_one_call_told_twice_is_one_call() -> None:
    steps = assemble(
        make_fact("agent", "", "agent", InputTokens=300),
        make_fact("outer", "agent", "model_call", InputTokens=300),
        make_fact("inner1", "outer", "model_call", InputTokens=120),
        make_fact("inner2", "outer", "model_call", InputTokens=180),
        make_fact("proxy", "agent", "model_call", InputTokens=50),
        make_fact("raw", "proxy", "model_call"),
        make_fact("failed", "agent", "model_call", StatusCode="Error"),
    )
    assert flags(steps, "IsCounted") == {"inner1", "inner2", "proxy"}
    assert flags(steps, "IsCall") == {"agent", "inner1", "inner2", "proxy", "failed"}


def test_a_call_made_by_a_tool_of_a_call_is_another_call() -> None:
    # ADK's first schema: call_llm > execute_tool > agent_run > call_llm (docs/dialects.md)
    steps = assemble(
        make_fact("outer", "", "model_call", InputTokens=300),
        make_fact("tool", "outer", "tool_call"),
        make_fact("agent", "tool", "agent"),
        make_fact("inner", "agent", "model_call", InputTokens=120),
    )
    assert flags(steps, "IsCounted") == {"outer", "inner"}
    assert flags(steps, "IsCall") == {"outer", "tool", "agent", "inner"}


def test_a_roll_up_that_calls_itself_a_model_call_is_told_by_its_sum() -> None:
    steps = assemble(
        make_fact("sum", "", "model_call", InputTokens=300, OutputTokens=50),
        make_fact("tool", "sum", "tool_call"),
        make_fact("first", "tool", "model_call", InputTokens=120, OutputTokens=25),
        make_fact("second", "tool", "model_call", InputTokens=180, OutputTokens=25),
    )
    assert flags(steps, "IsCounted") == {"first", "second"}


def test_a_sum_counts_where_nothing_below_tells_of_its_own() -> None:
    # CrewAI through OpenLLMetry: one span with the usage of the whole crew
    steps = assemble(make_fact("crew", "", "workflow", InputTokens=300), make_fact("agent", "crew", "agent"))
    assert flags(steps, "IsCounted") == {"crew"}
    bare = assemble(
        make_fact("agent", "", "agent", InputTokens=300),
        make_fact("silent", "agent", "model_call"),
        make_fact("decision", "agent", "other", InputTokens=9),
    )
    assert flags(bare, "IsCounted") == {"agent"}
    assert flags(bare, "IsCall") == {"agent", "silent", "decision"}


def test_a_tool_that_was_refused_was_not_called() -> None:
    # Claude Code: claude_code.tool > claude_code.tool.blocked_on_user with decision=reject
    steps = assemble(
        make_fact("no", "", "tool_call", ToolName="Bash", ToolCallId="a"),
        make_fact("asked", "no", "approval", ApprovalApproved="false"),
        make_fact("yes", "", "tool_call", ToolName="Bash", ToolCallId="b"),
        make_fact("asked2", "yes", "approval", ApprovalApproved="true"),
        make_fact("run", "yes", "tool_call", ToolCallId="b"),
    )
    assert flags(steps, "IsCall") == {"asked", "yes", "asked2"}


def test_one_call_id_asked_twice_is_one_tool_call() -> None:
    def tool(name: str, at: int, **values: Any) -> dict[str, Any]:
        return make_fact(name, "root", "tool_call", ToolName="book", ToolCallId="call_1", Timestamp=at, **values)

    steps = assemble(
        make_fact("root"), tool("t1", 1, InputHash="h"), tool("t2", 2, InputHash="h"), tool("t3", 3, InputHash="x")
    )
    assert flags(steps, "IsCall") == {"root", "t2", "t3"}


def test_two_spans_with_one_response_id_are_one_call() -> None:
    steps = assemble(
        make_fact("root"),
        make_fact("framework", "root", "model_call", InputTokens=10, ResponseId="resp_1"),
        make_fact("client", "root", "model_call", InputTokens=10, ResponseId="resp_1"),
        make_fact("other", "root", "model_call", InputTokens=10, ResponseId="resp_2"),
    )
    assert flags(steps, "IsCounted") == {"client", "other"}  # same depth and time: the smaller span id stays


def test_a_tool_call_told_by_mcp_below_it_is_the_same_call() -> None:
    steps = assemble(
        make_fact("tool", "", "tool_call", ToolName="refund"),
        make_fact("mcp", "tool", "tool_call", ToolName="refund", Dialect="mcp"),
        make_fact("nested", "tool", "tool_call", ToolName="lookup"),
    )
    assert flags(steps, "IsCall") == {"tool", "nested"}


def test_a_failure_is_the_deepest_error() -> None:
    steps = assemble(
        make_fact("root", StatusCode="Error"),
        make_fact("mid", "root", StatusCode="Error"),
        make_fact("deep", "mid", StatusCode="Error"),
        make_fact("fine", "root"),
    )
    assert flags(steps, "IsFailure") == {"deep"}


def test_the_same_tool_and_input_after_a_failure_is_a_retry() -> None:
    def tool(name: str, at: int, status: str, digest: str = "h") -> dict[str, Any]:
        return make_fact(name, "root", "tool_call", ToolName="pay", InputHash=digest, Timestamp=at, StatusCode=status)

    steps = assemble(
        make_fact("root"), tool("t1", 1, "Error"), tool("t2", 2, "Error"), tool("t3", 3, "Ok"), tool("t4", 4, "Ok"),
        tool("u1", 5, "Ok", "other"),
    )  # fmt: skip
    assert flags(steps, "IsRetry") == {"t2", "t3"}


TYPES = ("agent", "model_call", "tool_call", "other")


@st.composite
def traces(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to twelve spans with random parents (missing ones too), types, tokens and run ids."""
    rows = []
    for number in range(draw(st.integers(1, 12))):
        parent = draw(st.sampled_from(["", *(f"s{earlier}" for earlier in range(number)), "missing"]))
        rows.append(
            make_fact(
                f"s{number}", parent, draw(st.sampled_from(TYPES)),
                InputTokens=draw(st.integers(0, 3)), OwnRunId=draw(st.sampled_from(["", "", "r1", "r2"])),
                AgentName=draw(st.sampled_from(["", "a", "b"])), StatusCode=draw(st.sampled_from(["Ok", "Error"])),
                Timestamp=draw(st.integers(1, 5)), ToolName="t", InputHash=draw(st.sampled_from(["", "h"])),
            )
        )  # fmt: skip
    return rows


@given(traces(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_order_does_not_matter(rows: list[dict[str, Any]], random: Any) -> None:
    expected = assemble(*rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert assemble(*shuffled) == expected


@given(traces())
@settings(max_examples=60, deadline=None)
def test_flags_equal_the_slow_obvious_walk(rows: list[dict[str, Any]]) -> None:
    by_id = {row["SpanId"]: row for row in rows}

    def ancestors(row: dict[str, Any]) -> list[str]:
        found = []
        while row["ParentSpanId"] in by_id:
            row = by_id[row["ParentSpanId"]]
            found.append(row["SpanId"])
        return found

    def tokens(name: str) -> int:
        return int(by_id[name]["InputTokens"])

    def is_same_call(name: str) -> list[str]:
        """Model calls above it without a tool or an agent in between."""
        found = []
        for above in ancestors(by_id[name]):
            if by_id[above]["StepType"] in ("tool_call", "agent"):
                break
            found.append(above)
        return found

    models = {name for name, row in by_id.items() if row["StepType"] == "model_call" and tokens(name)}
    sums = {name for name, row in by_id.items() if row["StepType"] == "agent" and tokens(name)}
    told_below = {above for name in models for above in is_same_call(name)}
    above_any = {above for name in models | sums for above in ancestors(by_id[name])}
    counted = (models - told_below) | (sums - above_any)
    leaves = {name for name in counted if not any(name in ancestors(by_id[other]) for other in counted)}
    below = {name: sum(tokens(leaf) for leaf in leaves if name in ancestors(by_id[leaf])) for name in counted - leaves}
    expected = counted - {name for name, total in below.items() if total == tokens(name)}
    errors = {name for name, row in by_id.items() if row["StatusCode"] == "Error"}
    above_errors = {name for span in errors for name in ancestors(by_id[span])}
    steps = assemble(*rows)
    assert flags(steps, "IsCounted") == expected
    assert flags(steps, "IsFailure") == errors - above_errors
    assert {name: step["Depth"] for name, step in steps.items()} == {
        name: len(ancestors(row)) for name, row in by_id.items()
    }
