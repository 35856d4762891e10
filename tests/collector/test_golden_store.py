"""Every capture, spans and records, through the loader into the real store, against the truth of expected.json.

`MORE_RUNS` names what the wire does not tell: every trace is at least one run, so that no cost is lost, and where
nothing links two traces of one story they stay two runs.
"""

from pathlib import Path
from typing import Any

import pytest

from schema.store import Store
from schema.templates import fill_template
from tests.collector.ingest import Ingest, read_sample
from tests.collector.otlp_json import GOLDEN, load_truth
from tests.collector.test_golden_runs import SAMPLES, UNSAID

pytestmark = pytest.mark.engine
TRUTH = load_truth()
FROM_RECORDS = ("gemini-cli", "semantic-kernel")
"""Their log records tell what their spans do not."""
MORE_RUNS = {
    # a failed call outside of the workflow, as a trace of its own and without a session
    "langfuse": 2, "langsmith": 2, "mlflow": 2, "openllmetry": 2, "openllmetry-legacy": 2,
    # an embedding outside of any agent
    "vercel-ai-v5": 4, "vercel-ai-v6": 4, "vercel-ai-v7": 4,
    # the workflow's definition is a trace too
    "ms-agent-framework": 3,
    # five requests to a server, none with a traceparent or a session
    "mcp-python-sdk": 5,
}  # fmt: skip


def count_run_truth(ingest: Ingest) -> dict[str, Any]:
    runs = ingest.read_runs()
    totals = {
        "model_calls_ok": sum(run["ModelCalls"] - run["FailedModelCalls"] for run in runs),
        "model_calls_failed": sum(run["FailedModelCalls"] for run in runs),
        "input_tokens_incl_cache": sum(run["InputTokens"] for run in runs),
        "output_tokens_incl_reasoning": sum(run["OutputTokens"] for run in runs),
        "cache_read_tokens": sum(run["CacheReadTokens"] for run in runs),
        "cache_write_tokens": sum(run["CacheWriteTokens"] for run in runs),
        "reasoning_tokens": sum(run["ReasoningTokens"] for run in runs),
        "embedding_calls": sum(run["EmbeddingCalls"] for run in runs),
        "embedding_tokens": sum(run["EmbeddingTokens"] for run in runs),
        "tool_executions": sum(run["ToolCalls"] for run in runs),
    }
    continuing = sum(1 for before, _after in ingest.read_links().values() if before)
    return totals | {"logical_runs": len(runs) - continuing}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_capture_gives_the_truth_as_runs(store: Store, tenant: str, tmp_path: Path, name: str) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    assert ingest.send_sample(name).refused == 0
    if (GOLDEN / f"{name}.logs.json").exists():
        ingest.send_sample(name, "logs")
    unsaid = {} if name in FROM_RECORDS else UNSAID.get(name, {})
    runs = {"logical_runs": MORE_RUNS[name]} if name in MORE_RUNS else {}
    assert count_run_truth(ingest) == TRUTH[name]["truth"] | unsaid | runs


@pytest.mark.parametrize(
    "name", ["pydantic-ai-approval", "openinference-langgraph-approval", "otel-genai-langgraph-approval"]
)
def test_a_run_goes_on_after_an_approval(store: Store, tenant: str, tmp_path: Path, name: str) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    ingest.send_sample(name)
    links = ingest.read_links()
    first, second = (run["RunId"] for run in sorted(ingest.read_runs(), key=lambda run: run["StartedAt"]))
    assert links == {first: ("", second), second: (first, "")}


def test_models_without_a_price_are_listed(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    body = (
        read_sample("otel-genai").replace(b"gpt-4o-mini-2024-07-18", b"house-llm").replace(b"gpt-4o-mini", b"house-llm")
    )
    ingest.send("traces", body)
    rows = ingest.query(fill_template("unpriced_models", conditions="Tenant = {tenant:String}"), limit=10)
    # three calls, 440 in and 80 out; the failed one has no usage, the embedding has a price
    (row,) = rows
    assert (row["Provider"], row["Model"], row["Spans"], row["Runs"]) == ("openai", "house-llm", 3, 1)
    assert (row["TotalInputTokens"], row["TotalOutputTokens"]) == (440, 80)
