"""What the API answers of log records and of runs that go on after a pause: captures, through the real loader."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from schema.store import Store
from tests.collector.ingest import Ingest, read_sample

pytestmark = pytest.mark.engine


def test_a_replay_shows_what_only_records_say(store: Store, client: TestClient, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    ingest.send_sample("otel-genai-legacy", "logs")
    ingest.send_sample("otel-genai-legacy")
    (run,) = client.get("/v1/runs").json()["items"]
    replay = client.get(f"/v1/runs/{run['run_id']}/replay").json()
    calls = [step for step in replay["steps"] if step["type"] == "model_call"]
    said = [[message["role"] for message in step["input_messages"] or []] for step in calls]
    assert said == [["system", "user"], ["system", "user", "assistant", "tool"], ["user"]]
    assert calls[1]["output_messages"][0]["parts"][0]["type"] == "text"
    assert calls[2]["output_messages"] is None  # the call that failed


def test_a_run_names_the_one_it_continues(store: Store, client: TestClient, tenant: str, tmp_path: Path) -> None:
    Ingest(store, tenant, tmp_path).send_sample("pydantic-ai-approval")
    second, first = client.get("/v1/runs").json()["items"]  # newest first
    assert (first["continues"], first["continued_by"]) == (None, second["run_id"])
    assert (second["continues"], second["continued_by"]) == (first["run_id"], None)
    record = client.get(f"/v1/runs/{first['run_id']}").json()
    assert record["continued_by"] == second["run_id"]
    assert [approval["approved"] for approval in record["approvals"]] == [None]


def test_models_without_a_price(store: Store, client: TestClient, tenant: str, tmp_path: Path) -> None:
    body = read_sample("otel-genai").replace(b"gpt-4o-mini-2024-07-18", b"house").replace(b"gpt-4o-mini", b"house")
    Ingest(store, tenant, tmp_path).send("traces", body)
    (item,) = client.get("/v1/analytics/unpriced-models").json()["items"]
    assert (item["provider"], item["model"], item["spans"], item["runs"]) == ("openai", "house", 3, 1)
    assert item["tokens"] == {"input": 440, "output": 80}  # expected.json
    assert client.get("/v1/analytics/unpriced-models?until=2020-01-01").json()["items"] == []
    assert client.get("/v1/analytics/unpriced-models?limit=0").status_code == 422
