"""Headline numbers of the boards about privacy, the service and one run: those of the API, or of what was put there."""

import pytest
from fastapi.testclient import TestClient

from tests.dashboards.numbers import Asker, Json, Reader, hold, read_stats

pytestmark = pytest.mark.engine


def test_privacy(read: Reader, ask: Asker, demo_client: TestClient, chosen: Json) -> None:
    found, told = read_stats(read, "privacy"), ask("redaction")
    assert (found["Findings"], found["Failed closed"]) == (told["found"], told["failed_closed"])
    assert found["Text scanned"] == told["bytes"]
    held = demo_client.get("/v1/retention").json()
    items = [item for item in held["items"] if item["class"] != "audit"]
    items = [item for item in items if item["environment"] == chosen.get("environment", item["environment"])]
    assert found["Held too long"] == sum(item["overdue_rows"] for item in items) > 0
    # `one` was opened twice within the range, `old` before it
    assert found["Originals opened"] == 2
    rows = {(row["Class"], row["Environment"]): row for row in read("privacy", "Retention")}
    expected = {(item["class"], item["environment"]): item for item in items if item["rows"]}
    assert set(rows) == set(expected)
    for key, row in rows.items():
        item = expected[key]
        assert (row["Rows"], row["Oldest"], row["Allowed"], row["Overdue"]) == (
            item["rows"], item["oldest_day"], item["lifetime_days"], item["overdue_rows"],
        )  # fmt: skip


def test_privacy_by_entity(read: Reader, ask: Asker, chosen: Json) -> None:
    if "model" in chosen:
        pytest.skip("the table counts all findings of the runs chosen")
    told = ask("redaction")["findings"]
    assert told
    assert {row["Entity"]: row["Found"] for row in read("privacy", "Entities")} == told
    drawn: dict[str, int] = {}
    for row in read("privacy", "Findings by entity"):
        drawn[row["Entity"]] = drawn.get(row["Entity"], 0) + row["Found"]
    assert drawn == told


def test_break_glass(read: Reader) -> None:
    rows = {row["Ticket"]: row for row in read("privacy", "Break-glass")}
    assert set(rows) == {"INC-one", "INC-two"}
    one, two = rows["INC-one"], rows["INC-two"]
    assert (one["Run"], one["Asked by"], one["Approved by"], one["Openings"]) == ("run-001", "k-ann", "k-bob", 2)
    assert (two["Denied by"], two["Openings"], two["Last opened"]) == ("k-bob", 0, None)


def test_pipeline(read: Reader) -> None:
    found = read_stats(read, "pipeline")
    assert found.pop("Last sample") > 0
    # sums over both samples; of gauges the later one (tests/dashboards/conftest.py)
    hold(found, {
        "Spans received": 120, "Refused": 11, "Waiting in the journal": 400, "Oldest waiting": 3.5, "Need a person": 3,
    })  # fmt: skip
    stages = [(row["Of"], row["Value"] * 3600) for row in read("pipeline", "Spans by stage")]
    told = {"received": [100, 20], "in the journal": [90, 20], "loaded": [60, 50]}
    for stage, values in told.items():
        assert [value for of, value in stages if of == stage] == pytest.approx(values)
    refused = [(row["Of"], row["Value"]) for row in read("pipeline", "Refusals")]
    assert sorted(refused) == [("log records: unknown", 1), ("spans: quota", 3), ("spans: quota", 7)]
    delays = [(row["mean"], row["within 5 s"]) for row in read("pipeline", "Until queryable")]
    assert delays == [(2.0, 0.75), (1.5, 1.0)]


def test_pipeline_of_the_tenants_own_spans(read: Reader, ask: Asker) -> None:
    told = ask("redaction")["spans"]
    assert sum(row["Spans"] for row in read("pipeline", "Spans by service")) == told > 0
    assert len(read("pipeline", "Until received")) > 0


def test_run(read: Reader, demo_client: TestClient) -> None:
    record = demo_client.get("/v1/runs/run-001").json()
    expected = {
        "Cost": record["cost"]["usd"], "Duration": record["duration_ms"], "Steps": record["steps"],
        "Errors": record["errors"],
    }  # fmt: skip
    found = read_stats(read, "run")
    assert found.pop("Outcome") == record["outcome"]["status"]
    hold(found, expected)
    steps = demo_client.get("/v1/runs/run-001/replay").json()["steps"]
    spans = [step["span_id"] for step in steps]
    assert sorted(row["spanID"] for row in read("run", "Trace")) == sorted(spans)
    assert sorted(row["Span"] for row in read("run", "All steps")) == sorted(spans)
    latencies = {row["spanID"]: row["duration"] for row in read("run", "Trace")}
    assert latencies == pytest.approx({step["span_id"]: step["latency_ms"] for step in steps})
