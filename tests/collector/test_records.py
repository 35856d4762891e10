"""Log records joined to their spans, whichever came first (issue 5; dialects.md 2, 3.13 and 3.27)."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.load import Loader, LoaderSettings
from schema.store import Store
from tests.collector.ingest import Ingest, read_sample, split_request

pytestmark = pytest.mark.engine
LOGS = (
    "claude-code", "claude-code-approval", "claude-code-default", "gemini-cli", "google-adk", "ms-agent-framework",
    "openlit", "otel-evaluation-result", "otel-genai-legacy", "otel-genai-spec-full", "semantic-kernel",
)  # fmt: skip


def read_all(ingest: Ingest) -> list[list[dict[str, Any]]]:
    """Everything that must not depend on the order."""
    rows = [ingest.read_steps(), ingest.read_runs(), ingest.read_said()]
    for row in (row for lot in rows for row in lot):
        row.pop("Tenant")
        row.pop("LateSpans", None)  # the one number that is about arrival
        row.pop("InputHash", None)  # keyed by tenant
    return rows


@pytest.mark.parametrize("name", LOGS)
def test_it_does_not_matter_which_comes_first(store: Store, tenant: str, tmp_path: Path, name: str) -> None:
    spans_first = Ingest(store, f"{tenant}-spans", tmp_path / "a")
    spans_first.send_sample(name)
    spans_first.send_sample(name, "logs")
    logs_first = Ingest(store, f"{tenant}-logs", tmp_path / "b")
    logs_first.send_sample(name, "logs")
    logs_first.send_sample(name)
    expected = read_all(spans_first)
    assert read_all(logs_first) == expected
    # and sent again, it changes nothing
    logs_first.send_sample(name)
    logs_first.send_sample(name, "logs")
    assert read_all(logs_first) == expected


@pytest.mark.parametrize("name", ["claude-code", "gemini-cli", "semantic-kernel"])
def test_one_by_one_in_any_order_gives_the_same(store: Store, tenant: str, tmp_path: Path, name: str) -> None:
    whole = Ingest(store, f"{tenant}-whole", tmp_path / "whole")
    whole.send_sample(name)
    whole.send_sample(name, "logs")
    pieces = [("traces", body) for body in split_request(read_sample(name))]
    pieces += [("logs", body) for body in split_request(read_sample(name, "logs"))]
    random.Random(name).shuffle(pieces)
    pieces += pieces[:3]
    torn = Ingest(store, f"{tenant}-torn", tmp_path / "torn")
    for signal, body in pieces:
        torn.send(signal, body)
    assert read_all(torn) == read_all(whole)


def test_thinking_and_cached_tokens_come_from_the_record(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    ingest.send_sample("gemini-cli")
    ingest.send_sample("gemini-cli", "logs")
    (run,) = ingest.read_runs()
    tokens = {key: run[key] for key in ("InputTokens", "OutputTokens", "CacheReadTokens", "ReasoningTokens")}
    # expected.json: 2 calls of 120 in (64 cached) and 17 + 8 thinking out
    assert tokens == {"InputTokens": 240, "OutputTokens": 50, "CacheReadTokens": 128, "ReasoningTokens": 16}
    # gemini-2.5-flash: 0.30 in, 0.03 cached, 2.50 out per million: 2 * (56*0.30 + 64*0.03 + 25*2.50) / 1e6
    assert run["ModelCostUsd"] == Decimal("0.000162440000")


def test_cached_and_reasoning_tokens_out_of_a_printed_usage(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    ingest.send_sample("semantic-kernel")
    receipt = ingest.send_sample("semantic-kernel", "logs")
    (run,) = ingest.read_runs()
    assert (run["CacheReadTokens"], run["ReasoningTokens"], run["InputTokens"], run["OutputTokens"]) == (
        128,
        16,
        300,
        50,
    )
    # lines that only say what is going on are refused
    assert (receipt.refused, receipt.reason) == (5, "5 records: record of no known dialect")


def test_messages_are_one_list_in_their_order(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    ingest.send_sample("otel-genai-legacy", "logs")
    ingest.send_sample("otel-genai-legacy")
    said = [json.loads(row["InputMessages"]) for row in ingest.read_said()]
    longest = max(said, key=len)
    assert [message["role"] for message in longest] == ["system", "user", "assistant", "tool"]
    assert longest[2]["parts"][0]["type"] == "tool_call"
    assert longest[3]["parts"][0] == {
        "type": "tool_call_response", "id": "call_fake011", "response": {"temp_c": 14, "sky": "rain"},
    }  # fmt: skip


def test_the_record_knows_who_decided(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    ingest.send_sample("claude-code")
    before = [step for step in ingest.read_steps() if step["StepType"] == "approval"]
    assert [step["ApprovalApproved"] for step in before] == [""]  # the span says `unknown`
    ingest.send_sample("claude-code", "logs")
    (asked,) = [step for step in ingest.read_steps() if step["StepType"] == "approval"]
    assert (asked["ApprovalApproved"], asked["ApprovalApprover"], asked["ApprovalRequired"]) == (
        "true",
        "config",
        "false",
    )


def test_evaluations_are_scores_of_their_span(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    ingest.send_sample("otel-evaluation-result", "logs")
    assert ingest.read_steps() == []  # days may pass
    ingest.send_sample("otel-evaluation-result")
    (step,) = ingest.read_steps()
    assert step["Scores.Name"] == ["helpful", "pass", "tone", "Broken"]
    assert step["Scores.Value"] == [0.9, 1.0, None, None]
    assert step["Scores.Label"] == ["", "pass", "polite", ""]


def test_records_of_no_dialect_are_refused_one_by_one(store: Store, tenant: str, tmp_path: Path) -> None:
    body = {
        "resourceLogs": [{"scopeLogs": [{"scope": {"name": "app"}, "logRecords": [
            {"traceId": "ab" * 16, "spanId": "cd" * 8, "body": {"stringValue": "hello"}},
            {"traceId": "ab" * 16, "spanId": "cd" * 8, "eventName": "gen_ai.user.message",
             "body": {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": "hi"}}]}}},
            {"traceId": "ab", "eventName": "gen_ai.user.message"},
        ]}]}]
    }  # fmt: skip
    receipt = Ingest(store, tenant, tmp_path).send("logs", json.dumps(body).encode())
    assert receipt.refused == 2
    assert receipt.kept is not None


def test_a_segment_from_before_records_is_loaded(store: Store, tmp_path: Path) -> None:
    """Written by a program that did not know the columns of records: five spans in two batches."""
    old = Path(__file__).parents[1] / "golden" / "journal" / "format1.seg"
    (tmp_path / "00000000000000000001-1-1.seg").write_bytes(old.read_bytes())
    before = store.query("SELECT count() AS steps FROM steps_current", tag="test")[0]["steps"]
    Loader(store, LoaderSettings(tmp_path)).drain()
    assert store.query("SELECT count() AS steps FROM steps_current", tag="test")[0]["steps"] == before + 5
