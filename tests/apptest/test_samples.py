"""Every capture goes in as it was captured and comes out as runs (acceptance 3)."""

import json
from typing import Any

import httpx
import pytest

from runvault.service import Service
from tests.apptest.ask import HEADERS, find_runs, read_sample
from tests.apptest.conftest import GOLDEN

pytestmark = pytest.mark.service

SAMPLES = sorted(
    path.stem for path in GOLDEN.glob("*.json") if not path.name.endswith(".logs.json") and path.stem != "expected"
)
EXACT = (
    "otel-genai", "otel-genai-langchain", "otel-genai-spec-full", "openinference", "openinference-langchain",
    "openinference-spec-full",
)  # fmt: skip
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())


def send_sample(service: Service, http: httpx.Client, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The runs and the spans of a sample."""
    body, spans = read_sample(GOLDEN / f"{name}.json")
    answer = http.post(f"{service.otlp_http}/v1/traces", content=body, headers=HEADERS)
    assert (answer.status_code, answer.json()) == (200, {})
    return find_runs(http, service, {span["traceId"] for span in spans}, len(spans)), spans


@pytest.mark.parametrize("name", SAMPLES)
def test_every_span_is_a_step_of_a_replay(service: Service, http: httpx.Client, name: str) -> None:
    runs, spans = send_sample(service, http, name)
    told = []
    for run in runs:
        replay = http.get(f"{service.api}/v1/runs/{run['run_id']}/replay").json()
        assert replay["run"]["run_id"] == run["run_id"]
        told += [step["span_id"] for step in replay["steps"]]
    assert sorted(told) == sorted(span["spanId"] for span in spans)


@pytest.mark.parametrize("name", EXACT)
def test_calls_and_tokens_are_the_truth(service: Service, http: httpx.Client, name: str) -> None:
    runs, _spans = send_sample(service, http, name)
    replays = [http.get(f"{service.api}/v1/runs/{run['run_id']}/replay").json() for run in runs]
    truth = EXPECTED[name]["truth"]
    calls = [step for replay in replays for step in replay["steps"] if step["type"] == "model_call" and step["counted"]]
    assert {
        "input": sum(run["tokens"]["input"] for run in runs),
        "output": sum(run["tokens"]["output"] for run in runs),
        "cache_read": sum(run["tokens"]["cache_read"] for run in runs),
        "cache_write": sum(run["tokens"]["cache_write"] for run in runs),
        "reasoning": sum(run["tokens"]["reasoning"] for run in runs),
        "calls": len(calls),
        "tools": sum(len(replay["run"]["tool_calls"]) for replay in replays),
        "runs": len(runs),
    } == {
        "input": truth["input_tokens_incl_cache"],
        "output": truth["output_tokens_incl_reasoning"],
        "cache_read": truth["cache_read_tokens"],
        "cache_write": truth["cache_write_tokens"],
        "reasoning": truth["reasoning_tokens"],
        "calls": truth["model_calls_ok"],
        "tools": truth["tool_executions"],
        "runs": truth["logical_runs"],
    }
    failed = [
        step
        for replay in replays
        for step in replay["steps"]
        if step["type"] == "model_call" and step["status"] == "error"
    ]
    assert len(failed) == truth["model_calls_failed"]
