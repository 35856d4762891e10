"""What is told beside a span's status, its own attributes or its own text (dialects.md 3.4, 3.26; issue 5)."""

from pathlib import Path
from typing import Any

import pytest

from redaction.policy_file import policy_from_mapping
from redaction.redactor import Redactor
from schema.store import Store
from tests.collector.ingest import Ingest
from tests.collector.otlp_requests import SpanOf, make_logs, make_request

pytestmark = pytest.mark.engine
CLAUDE = "com.anthropic.claude_code.tracing"
CLAUDE_LOGS = "com.anthropic.claude_code.events"
OK, ERROR = 1, 2


def count(ingest: Ingest) -> list[tuple[int, int, int]]:
    """Tool calls, failed ones, errors of each run."""
    return [(run["ToolCalls"], run["FailedToolCalls"], run["Errors"]) for run in ingest.read_runs()]


def tool(name: str, call: str, parent: str = "turn", kind: str = "tool", **more: Any) -> SpanOf:
    attributes = {"span.type": kind, "tool_name": "Bash", "tool_use_id": call, "session.id": "s"}
    attributes |= more.pop("attributes", {})
    return SpanOf("t", name, attributes, parent, scope=CLAUDE, **more)


TURN = SpanOf("t", "turn", {"span.type": "interaction", "session.id": "s"}, seconds=9, scope=CLAUDE)


def test_a_tool_that_says_success_false_has_failed(store: Store, tenant: str, tmp_path: Path) -> None:
    """https://code.claude.com/docs/en/monitoring-usage: `success` of a tool."""
    ingest = Ingest(store, tenant, tmp_path)
    ingest.send("traces", make_request(
        TURN,
        tool("good", "c1", attributes={"success": True}),
        tool("bad", "c2", attributes={"success": False}),
        tool("as text", "c3", attributes={"success": "false"}),
    ))  # fmt: skip
    assert count(ingest) == [(3, 2, 2)]
    assert {step["SpanName"]: step["ErrorType"] for step in ingest.read_steps() if step["HasFailed"]} == {
        "bad": "_OTHER", "as text": "_OTHER",
    }  # fmt: skip


def test_a_tool_fails_with_its_execution_below(store: Store, tenant: str, tmp_path: Path) -> None:
    """Claude Code leaves `tool` unset and marks `tool.execution` (dialects.md 3.26); the call is one, and failed."""
    ingest = Ingest(store, tenant, tmp_path)
    inner = tool("inner", "c1", parent="outer", kind="tool.execution", status=ERROR)
    ingest.send("traces", make_request(TURN, tool("outer", "c1"), inner))
    assert count(ingest) == [(1, 1, 1)]
    steps = {step["SpanName"]: (step["IsCall"], step["HasFailed"], step["IsFailure"]) for step in ingest.read_steps()}
    assert steps == {"turn": (1, 0, 0), "outer": (1, 1, 0), "inner": (0, 1, 1)}


@pytest.mark.parametrize("logs_first", [False, True])
def test_a_record_says_that_a_tool_failed(store: Store, tenant: str, tmp_path: Path, logs_first: bool) -> None:
    """The span is marked OK, `success` of the log record says false, as text (dialects.md 2, 3.26)."""
    ingest = Ingest(store, tenant, tmp_path)
    call = tool("call", "c1", status=OK)
    again = tool("again", "c2", status=OK, start=3)
    record = make_logs(
        CLAUDE_LOGS,
        (TURN, 2, {"event.name": "tool_result", "session.id": "s", "tool_name": "Bash", "tool_use_id": "c1",
                   "success": "false", "error_type": "ShellError"}),
        (TURN, 4, {"event.name": "tool_result", "session.id": "s", "tool_name": "Bash", "tool_use_id": "c2",
                   "success": "true"}),
    )  # fmt: skip
    sent = [("traces", make_request(TURN, call, again)), ("logs", record)]
    for signal, body in reversed(sent) if logs_first else sent:
        ingest.send(signal, body)
    assert count(ingest) == [(2, 1, 1)]
    (failed,) = [step for step in ingest.read_steps() if step["HasFailed"]]
    assert (failed["SpanName"], failed["ErrorType"]) == ("call", "ShellError")
    for signal, body in sent:
        ingest.send(signal, body)
    assert count(ingest) == [(2, 1, 1)]


def test_the_same_input_after_a_told_failure_is_a_retry(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    same = {"full_command": "ls"}
    ingest.send("traces", make_request(
        TURN,
        tool("first", "c1", start=1, attributes={**same, "success": False}),
        tool("second", "c2", start=2, attributes={**same, "success": True}),
        tool("third", "c3", start=3, attributes=same),
    ))  # fmt: skip
    assert {step["SpanName"] for step in ingest.read_steps() if step["IsRetry"]} == {"second"}


def test_findings_of_records_are_the_runs(store: Store, tenant: str, tmp_path: Path) -> None:
    patient = policy_from_mapping({"time_limit_ms": 60_000}, "test")
    redactor = Redactor(patient, bytes(range(32)), tmp_path / "cache")
    ingest = Ingest(store, tenant, tmp_path / "journal", redactor=redactor)
    said = SpanOf("t", "chat", {"gen_ai.operation.name": "chat", "note": "ask ops@example.com"})
    asked = '[{"role":"user","parts":[{"type":"text","content":"ana@example.com, lee@example.com"}]}]'
    details = {"event.name": "gen_ai.client.inference.operation.details", "gen_ai.input.messages": asked}
    record = make_logs("x", (said, 1, details))
    ingest.send("logs", record)
    ingest.send("traces", make_request(said))
    (run,) = ingest.read_runs()
    assert run["Findings"] == {"EMAIL_ADDRESS": 3}
    ingest.send("logs", record)
    ingest.send("traces", make_request(said))
    assert [run["Findings"] for run in ingest.read_runs()] == [{"EMAIL_ADDRESS": 3}]


def codex(name: str, parent: str = "", **more: Any) -> SpanOf:
    return SpanOf("t", name, {"turn.id": "turn-1", **more.pop("attributes", {})}, parent, scope="codex_exec", **more)


# dialects.md 3.4: the model stands on `try_run_sampling_request` or `stream_responses_api`, above the span with counts
CODEX = (
    codex("run_turn"),
    codex("try_run_sampling_request", "run_turn", attributes={"model": "gpt-5"}),
    codex("stream", "try_run_sampling_request"),
    codex("handle_responses", "stream", attributes={
        "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 25, "gen_ai.usage.cache_read.input_tokens": 64,
    }),
)  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 3, 1, 0, 1, 3)])
def test_codex_names_its_model_above_the_call(
    store: Store, tenant: str, tmp_path: Path, order: tuple[int, ...]
) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    for place in order:
        ingest.send("traces", make_request(CODEX[place]))
    (run,) = ingest.read_runs()
    # gpt-5: 1.25 in, 0.125 cached, 10 out: 56 * 1.25 + 64 * 0.125 + 25 * 10 = 70 + 8 + 250
    assert f"{run['CostUsd']:.6f}" == "0.000328"
    assert (run["Models"], run["ModelCalls"], run["UnpricedModels"]) == (["gpt-5"], 1, [])
    (call,) = [step for step in ingest.read_steps() if step["StepType"] == "model_call"]
    assert (call["Provider"], call["Model"]) == ("openai", "gpt-5")


def test_codex_without_a_model_above_stays_without(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    ingest.send("traces", make_request(CODEX[0], CODEX[3]))
    (run,) = ingest.read_runs()
    assert (run["Models"], run["CostUsd"], run["InputTokens"]) == ([], 0, 120)
