"""What is held as the API tells it, applying a policy, erasing: on a store of its own, whose tables are counted."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.queries.reader import TenantReader
from api.services import Services
from api.settings import ApiSettings
from schema.classes import OF_OWNERS, DataClass
from schema.lifetimes import ANY, RetentionPolicy, Rule
from schema.retention import Retention
from schema.store import Store
from tests.api.rows import insert_rows, make_run, make_step, span_id, trace_id
from tests.schema.ageing import DAYS, LIFETIMES, POLICY, TODAY, days_before, put, put_everywhere
from vault.audit import AuditTrail

pytestmark = pytest.mark.engine

OUTCOME_ID = "00000000-0000-0000-0000-000000000000"


@dataclass
class Folder:
    """A journal's folder of which everything is known."""

    overdue: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def summarise(self) -> list[dict[str, Any]]:
        begun = datetime(2026, 11, 20, 12, tzinfo=UTC)
        return [{"place": "dead", "files": 2, "bytes": 10, "oldest": begun, "overdue_files": self.overdue}]

    def count(self, tenant: str, trace_ids: Sequence[str], user: str) -> dict[str, int]:
        return {"waiting": 0, "dead": len(trace_ids)}


@pytest.fixture
def retention(own_store: Store) -> Retention:
    return Retention(own_store, POLICY, read_today=lambda: TODAY)


def open_client(
    store: Store, retention: Retention, trail: AuditTrail, tenant: str = "globex", overdue: int = 0
) -> TestClient:
    services = Services(retention=retention, files=Folder(overdue), trail=trail)
    return TestClient(create_app(store, ApiSettings(default_tenant=tenant), services))


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    return AuditTrail(tmp_path / "audit")


@pytest.fixture
def client(own_store: Store, retention: Retention, trail: AuditTrail) -> Iterator[TestClient]:
    with open_client(own_store, retention, trail) as opened:
        yield opened


def count(store: Store, table: str, where: str = "1") -> int:
    return int(store.query(f"SELECT count() AS n FROM {table} WHERE {where}", tag="test")[0]["n"])


def test_what_is_told_agrees_with_the_tables(own_store: Store, client: TestClient) -> None:
    put_everywhere(own_store)
    answer = client.get("/v1/retention").json()
    assert answer["holds"] is False
    items = {(item["environment"], item["class"]): item for item in answer["items"]}
    assert {environment for environment, _ in items} == {"dev", "production", "staging"}
    for (environment, name), item in items.items():
        tables = [table for table, data_class in OF_OWNERS.items() if data_class == name]
        where = f"Tenant = 'globex' AND Environment = '{environment}'"
        assert item["rows"] == sum(count(own_store, table, where) for table in tables) == 20 * len(tables)
        assert (item["bytes"] > 0) == bool(tables)
        assert item["overdue_rows"] == 10 * len(tables)
        if tables:
            days = LIFETIMES["globex", environment][["originals", "payloads", "steps", "runs"].index(name)]
            assert item["lifetime_days"] == item["configured_days"] == days
            assert (item["kept_since"], item["oldest_day"]) == (str(days_before(days)), str(days_before(days + 1)))
        else:
            assert item["oldest_day"] is None


def test_after_expiry_nothing_is_older_than_allowed(own_store: Store, retention: Retention, client: TestClient) -> None:
    put_everywhere(own_store)
    list(retention.expire_due())
    answer = client.get("/v1/retention").json()
    assert answer["holds"] is True
    assert sum(item["overdue_rows"] for item in answer["items"]) == 0
    assert sum(item["rows"] for item in answer["items"]) == 10 * 3 * len(OF_OWNERS)
    assert answer["policy"]["applied_by"] == "first start"


def test_bytes_of_all_tenants_are_those_of_the_disk(own_store: Store, retention: Retention, trail: AuditTrail) -> None:
    put_everywhere(own_store)
    told = 0
    for tenant in ("globex", "acme"):
        with open_client(own_store, retention, trail, tenant) as client:
            told += sum(item["bytes"] for item in client.get("/v1/retention").json()["items"])
    sql = (
        "SELECT sum(bytes_on_disk) AS n FROM system.parts WHERE active AND rows > 0 AND database = currentDatabase()"
        " AND table IN {tables:Array(String)}"
    )
    on_disk = int(
        own_store.query(sql, {"tables": [own_store.cluster.rows_of(table) for table in OF_OWNERS]}, tag="test")[0]["n"]
    )
    assert 0.99 * on_disk < told <= on_disk


def test_a_file_that_is_too_old_is_told(own_store: Store, retention: Retention, trail: AuditTrail) -> None:
    with open_client(own_store, retention, trail, overdue=1) as client:
        answer = client.get("/v1/retention").json()
    assert answer["holds"] is False
    assert answer["files"] == [
        {"place": "dead", "files": 2, "bytes": 10, "oldest": "2026-11-20T12:00:00Z", "overdue_files": 1}
    ]


def test_a_dry_run_changes_nothing_and_applying_does_what_it_said(own_store: Store, trail: AuditTrail) -> None:
    Retention(own_store, POLICY, read_today=lambda: TODAY).read_in_force()
    put(own_store, "steps", ("globex", "dev"), days_before(7), "*/*")
    put(own_store, "steps", ("globex", "dev"), days_before(6), "*/*")
    shorter = RetentionPolicy({(ANY, ANY): Rule(days={**DAYS, DataClass.STEPS: 6})})
    with open_client(own_store, Retention(own_store, shorter, read_today=lambda: TODAY), trail) as client:
        plan = client.post("/v1/retention/apply", json={"dry_run": True}).json()
        assert (plan["rows"], plan["partitions"], plan["pending"]) == (10, 1, True)
        assert count(own_store, "steps") == 20
        shown = client.get("/v1/retention").json()
        steps = next(item for item in shown["items"] if (item["environment"], item["class"]) == ("dev", "steps"))
        assert (steps["lifetime_days"], steps["configured_days"]) == (8, 6)
        assert shown["holds"] is True
        lines = [json.loads(line) for line in client.post("/v1/retention/apply", json={}).text.splitlines()]
        assert [line.get("day") for line in lines] == [str(days_before(7)), None]
        assert lines[0] == plan["items"][0]
        assert (lines[1]["done"], lines[1]["rows"]) == (True, 10)
        assert client.get("/v1/retention").json()["policy"]["pending"] is False
    assert count(own_store, "steps") == 10


def test_a_process_without_retention_says_so(own_store: Store) -> None:
    with TestClient(create_app(own_store, ApiSettings())) as client:
        assert client.get("/v1/retention").status_code == 503


@pytest.fixture
def two_runs(own_store: Store) -> Store:
    """Runs `gone` and `stays`, of another user, with a trace each; `shared` is a trace with a span of both."""
    for run, user in (("gone", "u1"), ("stays", "u2")):
        mine = {"TraceId": trace_id(run), "UserId": user}
        in_shared = {"TraceId": trace_id("shared"), "UserId": user}
        numbers = (1, 2) if run == "gone" else (3, 4)
        steps = [make_step("globex", run, numbers[0], **in_shared), make_step("globex", run, 9, **mine)]
        insert_rows(own_store, "steps", steps)
        # an older form of a step, from when it was taken for another run
        insert_rows(own_store, "steps", [make_step("globex", "elsewhere", 9, **{**mine, "AssembledAt": 0})])
        traces = [trace_id("shared"), trace_id(run)]
        insert_rows(own_store, "runs", [make_run("globex", run, TraceIds=traces, UserId=user, SessionId=f"s-{user}")])
        outcome = {"Tenant": "globex", "RunId": run, "Status": "success"}
        own_store.command(
            "INSERT INTO outcomes (Tenant, RunId, Status) VALUES ({Tenant:String}, {RunId:String}, {Status:String})",
            outcome,
        )
        insert_rows(own_store, "scores", [{"Tenant": "globex", "RunId": run, "Name": "tone"}])
        insert_rows(own_store, "repricings", [{"Tenant": "globex", "RunId": run, "Calls": 1}])
        for table in ("otel_traces", "span_payloads"):
            common = {"Tenant": "globex", "RetentionClass": "x", "Day": TODAY}
            insert_rows(
                own_store, table, [{**common, "TraceId": s["TraceId"], "SpanId": s["SpanId"]} for s in steps[:2]]
            )
        record = {"Tenant": "globex", "RetentionClass": "x", "Day": TODAY, "InputMessages": "hello"}
        insert_rows(
            own_store,
            "span_supplements",
            [
                {**record, "RecordId": "1", "TraceId": trace_id(run), "SpanId": span_id(77)},
                {**record, "RecordId": "2", "JoinTraceId": trace_id("shared"), "JoinSpanId": span_id(numbers[0])},
                {**record, "RecordId": "3", "SessionId": f"s-{user}"},
            ],
        )
    return own_store


TABLES = ("steps", "runs", "outcomes", "scores", "repricings", "otel_traces", "span_payloads", "span_supplements")


@pytest.mark.parametrize("wanted", [{"run_id": "gone"}, {"user": "u1"}])
def test_an_erased_run_is_nowhere_and_the_other_is_whole(
    two_runs: Store, client: TestClient, wanted: dict[str, str]
) -> None:
    before = {table: count(two_runs, table) for table in TABLES}
    plan = client.post("/v1/retention/erase", json={**wanted, "dry_run": True}).json()
    assert {table: count(two_runs, table) for table in TABLES} == before
    answer = client.post("/v1/retention/erase", json=wanted).json()
    assert answer == {**plan, "erased": True}
    records = 3 if "user" in wanted else 2  # one names the session alone: it may be another run's
    rows = {
        "steps": 3, "runs": 1, "outcomes": 1, "scores": 1, "repricings": 1, "otel_traces": 2, "span_payloads": 2,
        "span_supplements": records,
    }  # fmt: skip
    # the trace's day was written by each of two inserts, the run's by the first
    assert answer["rows"] == {**rows, "trace_days": 3, "sealed_originals": 0}
    assert answer["files"] == {"waiting": 0, "dead": 1}
    assert {table: before[table] - count(two_runs, table) for table in TABLES} == rows
    assert client.get("/v1/runs/gone").status_code == 404
    assert len(client.get("/v1/runs/stays/replay").json()["steps"]) == 2
    assert client.post("/v1/retention/erase", json=wanted).status_code == 404


def test_what_is_done_is_written_down_first(two_runs: Store, client: TestClient, trail: AuditTrail) -> None:
    client.get("/v1/retention")
    client.post("/v1/retention/apply", json={"dry_run": True})
    client.post("/v1/retention/erase", json={"run_id": "gone", "dry_run": True})
    client.post("/v1/retention/erase", json={"user": "u1"})
    (path,) = trail.file.directory.glob("*.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["action"], line["object"], line["detail"]) for line in lines] == [
        ("retention.read", "", ""),
        ("retention.apply", "", "dry run"),
        ("retention.erase", "gone", "dry run"),
        ("retention.erase", "user u1", ""),
    ]
    (trail.file.directory / "lock").unlink()
    (trail.file.directory / "lock").mkdir()
    assert client.post("/v1/retention/erase", json={"run_id": "stays"}).status_code == 503
    assert count(two_runs, "runs") == 1


def test_a_key_of_one_environment_erases_there_alone(two_runs: Store) -> None:
    target, _rows = TenantReader(two_runs, "globex", "staging").find_target("gone", "")
    assert target.runs == []
    reader = TenantReader(two_runs, "globex", "production")
    assert reader.find_target("gone", "")[0].runs == ["gone"]
    with pytest.raises(ValueError, match="another tenant"):
        TenantReader(two_runs, "acme").erase(reader.find_target("gone", "")[0])


def test_another_tenant_erases_nothing(two_runs: Store, retention: Retention, trail: AuditTrail) -> None:
    with open_client(two_runs, retention, trail, "acme") as client:
        assert client.post("/v1/retention/erase", json={"run_id": "gone"}).status_code == 404
    assert count(two_runs, "runs") == 2


@pytest.mark.parametrize("wanted", [{}, {"run_id": "a", "user": "b"}, {"run_id": ""}])
def test_an_erasure_names_one_thing(client: TestClient, wanted: dict[str, str]) -> None:
    assert client.post("/v1/retention/erase", json=wanted).status_code == 422
