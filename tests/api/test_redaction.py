"""What the redactor did, added up over spans."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from schema.store import Store
from tests.api.rows import BASE_NS, SECOND, insert_rows, make_step

pytestmark = pytest.mark.engine


def ask(client: TestClient, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/v1/analytics/redaction", params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_nothing_is_a_row_of_zeros(client: TestClient) -> None:
    assert ask(client) == {
        "spans": 0, "bytes": 0, "found": 0, "failed_closed": 0, "findings": {}, "policy_version": None,
        "policy_versions": {},
    }  # fmt: skip


def test_sums_by_entity_and_version(client: TestClient, store: Store, tenant: str) -> None:
    rows = [
        make_step(tenant, "r", 1, RedactionFindings=[("EMAIL_ADDRESS", 2), ("PERSON", 1)], RedactionBytes=100,
                  PolicyVersion="old", Workflow="refunds"),
        make_step(tenant, "r", 2, RedactionFindings=[("EMAIL_ADDRESS", 3)], RedactionBytes=20, RedactionFailed=4,
                  PolicyVersion="new", Workflow="refunds"),
        make_step(tenant, "r", 3, RedactionBytes=5, PolicyVersion="new", Workflow="support"),
        make_step(tenant, "s", 1, RedactionFindings=[("US_SSN", 9)], PolicyVersion="new", Environment="dev",
                  Timestamp=BASE_NS + 99 * SECOND),
    ]  # fmt: skip
    insert_rows(store, "steps", rows)
    everything = ask(client)
    assert everything == {
        "spans": 4, "bytes": 125, "found": 15, "failed_closed": 4,
        "findings": {"EMAIL_ADDRESS": 5, "PERSON": 1, "US_SSN": 9}, "policy_version": "new",
        "policy_versions": {"new": 3, "old": 1},
    }  # fmt: skip
    assert ask(client, workflow="refunds")["bytes"] == 120
    assert ask(client, environment="dev")["findings"] == {"US_SSN": 9}
    assert ask(client, since="2026-03-01T12:01:00Z")["spans"] == 1
    assert ask(client, until="2026-03-01T12:01:00Z")["spans"] == 3


def test_groups_and_series(client: TestClient, store: Store, tenant: str) -> None:
    rows = [
        make_step(tenant, "r", 1, RedactionFindings=[("EMAIL_ADDRESS", 2)], RedactionBytes=10, Workflow="refunds"),
        make_step(tenant, "r", 2, RedactionFindings=[("PERSON", 1)], RedactionBytes=20, Workflow="refunds"),
        make_step(tenant, "r", 3, RedactionBytes=5, Workflow="support", Timestamp=BASE_NS + 3600 * SECOND),
    ]
    insert_rows(store, "steps", rows)
    by_workflow = ask(client, group_by="workflow")
    assert by_workflow["next_cursor"] is None
    assert [(item["workflow"], item["spans"], item["found"], item["findings"]) for item in by_workflow["items"]] == [
        ("refunds", 2, 3, {"EMAIL_ADDRESS": 2, "PERSON": 1}), ("support", 1, 0, {}),
    ]  # fmt: skip
    hours = ask(client, interval="hour")["items"]
    assert [(item["at"], item["found"]) for item in hours] == [
        ("2026-03-01T12:00:00.000000Z", 3), ("2026-03-01T13:00:00.000000Z", 0),
    ]  # fmt: skip
    first = ask(client, group_by="workflow", limit="1")
    assert first["next_cursor"]
    assert ask(client, group_by="workflow", limit="1", cursor=first["next_cursor"])["items"] == by_workflow["items"][1:]


def test_unknown_filter_is_refused(client: TestClient) -> None:
    assert client.get("/v1/analytics/redaction", params={"colour": "red"}).status_code == 422
