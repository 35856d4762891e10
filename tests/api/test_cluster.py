"""A cluster's tables give the answers of one machine's: the same spans in, the same words out, the same erased."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from schema.lifetimes import RetentionPolicy
from schema.migrate import apply_migrations
from schema.retention import Retention
from schema.store import Store
from tests.collector.ingest import Ingest, read_sample
from tests.schema.clustered import NAME, KeeperlessStore
from vault.audit import AuditTrail

pytestmark = pytest.mark.engine

SAMPLES = ("otel-genai", "openinference", "langfuse", "claude-code", "gemini-cli", "otel-genai-langgraph-approval")
RECORDS = ("claude-code", "gemini-cli")
QUESTIONS = (
    "/v1/runs", "/v1/analytics/cost-per-outcome?group_by=workflow", "/v1/analytics/cost-per-outcome?group_by=model",
    "/v1/analytics/latency?of=step&group_by=model", "/v1/analytics/latency?group_by=workflow",
    "/v1/analytics/reliability", "/v1/analytics/coverage", "/v1/analytics/redaction", "/v1/analytics/unpriced-models",
)  # fmt: skip


@pytest.fixture
def clustered(engine_path: Path, store: Store) -> Iterator[Store]:
    """A cluster of one shard with our schema."""
    opened = KeeperlessStore.open(str(engine_path), 2, 1, database="clustered_answers", cluster=NAME)
    apply_migrations(opened)
    yield opened
    opened.command("DROP DATABASE clustered_answers")
    opened.close()


def ask_all(store: Store, tenant: str, directory: Path) -> dict[str, Any]:
    """Spans and log records in, outcomes and scores said, a run erased; every answer on the way."""
    with ExitStack() as stack:
        ingest = stack.enter_context(closing(Ingest(store, tenant, directory / "journal")))
        for name in SAMPLES:
            ingest.send_sample(name)
        for name in (*RECORDS, *RECORDS):
            ingest.send("logs", read_sample(name, "logs"))
        ingest.send_sample(SAMPLES[0])  # sent again
        trail, retention = AuditTrail(directory / "audit"), Retention(store, RetentionPolicy())
        services = Services(redact=lambda _tenant, text: text, trail=trail, retention=retention)
        client = stack.enter_context(TestClient(create_app(store, ApiSettings(default_tenant=tenant), services)))
        runs = sorted(run["RunId"] for run in ingest.read_runs())
        said = {"status": "escalated", "at": "2026-11-20T10:00:00Z"}
        answers: dict[str, Any] = {
            "outcome": client.post(f"/v1/runs/{runs[0]}/outcome", json=said).status_code,
            "nobody's outcome": client.post("/v1/runs/nobody/outcome", json=said).status_code,
            "score": client.post(f"/v1/runs/{runs[1]}/scores", json={"name": "tone", "value": 0.5}).status_code,
        }
        for question in (*QUESTIONS, *(f"/v1/runs/{run}/replay" for run in runs)):
            answers[question] = client.get(question).json()
        for score in answers[f"/v1/runs/{runs[1]}/replay"]["run"]["scores"]:
            del score["at"]  # the time of the test
        answers["rows"] = store.query("SELECT count() AS n FROM outcomes", tag="test")
        answers["erased"] = client.post("/v1/retention/erase", json={"run_id": runs[0]}).json()
        answers["left"] = [run["RunId"] for run in ingest.read_runs()]
        return answers


def test_answers_are_those_of_one_machine(clustered: Store, own_store: Store, tenant: str, tmp_path: Path) -> None:
    expected = ask_all(own_store, tenant, tmp_path / "one")
    assert expected["outcome"] == 200
    assert expected["erased"]["erased"]
    assert len(expected["/v1/runs"]["items"]) >= len(SAMPLES)
    assert expected["rows"] == [{"n": 1}]
    assert ask_all(clustered, tenant, tmp_path / "cluster") == expected
