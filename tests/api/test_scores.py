"""Scores given after the fact: of one name and source the latest stands, texts are redacted, the record shows them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from schema.store import Store
from tests.api.rows import insert_rows, make_run, make_step

pytestmark = pytest.mark.engine


@pytest.fixture
def run(store: Store, tenant: str) -> str:
    insert_rows(store, "steps", [make_step(tenant, "r/1", 1)])
    insert_rows(store, "runs", [make_run(tenant, "r/1")])
    return "r/1"


def post(client: TestClient, run: str, **body: Any) -> Any:
    answer = client.post(f"/v1/runs/{run}/scores", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(client: TestClient, run: str) -> list[tuple[str, float | None, str | None, str | None]]:
    scores = client.get(f"/v1/runs/{run}").json()["scores"]
    assert client.get(f"/v1/runs/{run}/replay").json()["run"]["scores"] == scores
    return [(score["name"], score["value"], score["label"], score["source"]) for score in scores]


def test_a_score_is_in_the_record_and_the_replay(client: TestClient, run: str) -> None:
    answer = post(
        client, run, name="tone", value=0.5, explanation="ann@example.com was pleased", source="ann@example.com"
    )
    (score,) = answer["scores"]
    assert score.pop("at")
    assert score == {
        "name": "tone", "value": 0.5, "label": None, "explanation": "[EMAIL:1] was pleased", "source": "[EMAIL:1]",
        "step": None,
    }  # fmt: skip
    assert read(client, run) == [("tone", 0.5, None, "[EMAIL:1]")]


def test_of_one_name_and_source_the_latest_stands(client: TestClient, store: Store, tenant: str, run: str) -> None:
    post(client, run, name="tone", value=0.5)
    post(client, run, name="tone", label="rude", source="ben")
    post(client, run, name="tone", value=0.9)
    post(client, run, name="facts", label="pass")
    assert sorted(read(client, run), key=str) == [
        ("facts", None, "pass", "api"), ("tone", 0.9, None, "api"), ("tone", None, "rude", "ben"),
    ]  # fmt: skip
    # back to what was said first; and all that was said is kept, each once
    post(client, run, name="tone", value=0.5)
    assert ("tone", 0.5, None, "api") in read(client, run)
    rows = store.query("SELECT Value FROM scores FINAL WHERE Tenant = {tenant:String} AND Name = 'tone'"
                       " AND Source = 'api'", {"tenant": tenant}, tag="test")  # fmt: skip
    assert sorted(row["Value"] for row in rows) == [0.5, 0.9]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"value": 1}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x"}, "body"),
        ({"name": "x", "label": ""}, "body"),
        ({"name": "x", "value": "many"}, "value"),
        ({"name": "x", "value": 1, "step": 2}, "step"),
    ],
)
def test_a_score_that_says_nothing_is_refused(client: TestClient, run: str, body: Any, field: str) -> None:
    answer = client.post(f"/v1/runs/{run}/scores", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert read(client, run) == []


def test_a_score_needs_a_run(client: TestClient) -> None:
    assert client.post("/v1/runs/nobody/scores", json={"name": "x", "value": 1}).status_code == 404
