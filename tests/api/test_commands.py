"""The reading commands against a served API: exit statuses, JSON as the API gives it, tables with the right numbers."""

import json
import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from runvault.cli import cli
from schema.store import Store
from tests.api.rows import BASE_NS, insert_rows, make_run, make_step
from tests.api.served import serve_app
from vault.audit import AuditTrail

pytestmark = pytest.mark.engine


@pytest.fixture
def url(store: Store, tenant: str, tmp_path: Path) -> Iterator[str]:
    """Address of the API, served over a real socket on a free port."""
    services = Services(trail=AuditTrail(tmp_path / "audit"))
    app = create_app(store, ApiSettings(default_tenant=tenant), services)
    with serve_app(app) as address:
        yield address


@pytest.fixture
def run(store: Store, tenant: str) -> str:
    about = {"Workflow": "refunds", "Version": "v1"}
    rows = [make_step(tenant, "org/run 1", 1, IsFailure=1, StatusCode="Error", ErrorType="Timeout", **about)]
    rows[0] |= {"RedactionFindings": [("PERSON", 2)], "RedactionBytes": 1500, "PolicyVersion": "p1", "Provider": "acme"}
    rows[0] |= {"PriceStatus": "unpriced", "Model": "m-new", "InputTokens": 1200, "OutputTokens": 34}
    insert_rows(store, "steps", rows)
    fields = {"CostUsd": Decimal("0.25"), "DurationMs": 1500.0, "Steps": 1, "BudgetUsd": 0.2, **about}
    fields |= {"BudgetBreached": 1, "Breaches.Limit": ["usd"], "Breaches.At": [BASE_NS]}
    fields |= {"Breaches.TraceId": ["t"], "Breaches.SpanId": ["s"]}
    insert_rows(store, "runs", [make_run(tenant, "org/run 1", **fields)])
    return "org/run 1"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env={"COLUMNS": "100"})


def test_replay_of_an_id_with_a_slash(url: str, run: str) -> None:
    result = call("replay", run, "--url", url)
    assert result.exit_code == 0, result.output
    assert "FIRST FAILED STEP Timeout" in result.output
    as_json = json.loads(call("replay", run, "--url", url, "--json").output)
    assert as_json["run"]["run_id"] == run
    lines = call("replay", run, "--url", url, "--jsonl").output.splitlines()
    assert json.loads(lines[-1]) == {"run_id": run, "final": "success", "cost_usd": 0.25, "total_latency_ms": 1500.0}


def test_runs_cost_and_latency(url: str, run: str) -> None:
    runs = call("runs", "--url", url)
    assert runs.exit_code == 0
    assert run in runs.output
    assert "$0.2500" in runs.output
    cost = call("cost", "--url", url)
    assert cost.exit_code == 0
    row = cost.output.splitlines()[1].split()
    assert row[:7] == ["refunds", "v1", "1", "100%", "$0.2500", "$0", "$0.2500"]
    latency = json.loads(call("latency", "--url", url, "--group-by", "workflow", "--json").output)
    assert latency["items"][0]["p95_ms"] == 1500.0
    assert "no runs" in call("runs", "--url", url, "--workflow", "other").output
    assert "no runs" not in call("runs", "--url", url, "--since", "100000d").output


def test_reliability_coverage_and_compare(url: str, run: str) -> None:
    reliability = call("reliability", "--url", url)
    assert reliability.exit_code == 0, reliability.output
    assert reliability.output.splitlines()[1].split()[:5] == ["refunds", "v1", "1", "1", "100%"]
    coverage = call("coverage", "--url", url, "--group-by", "")
    assert coverage.output.splitlines()[1].split() == ["everything", "1", "1", "0", "0", "0", "0", "100%"]
    compare = call("compare", "version=v1", "version=v2", "--url", url)
    assert compare.exit_code == 0, compare.output
    assert "runs: 1 against 0" in compare.output
    assert "nothing regressed for certain" in compare.output
    assert json.loads(call("compare", "version=v1", "version=v2", "--url", url, "--json").output)["regressed"] == []
    assert "no runs" in call("reliability", "--url", url, "--workflow", "other").output


@pytest.mark.parametrize(
    ("command", "shows"),
    [
        ("cost", "$0.2500"), ("latency", "1.50 s"), ("reliability", "100%"), ("coverage", "100%"),
        ("cost budgets", "100%"), ("findings", "2"),
    ],
)  # fmt: skip
def test_over_time(url: str, run: str, command: str, shows: str) -> None:
    result = call(*command.split(), "--url", url, "--interval", "day", "--group-by", "workflow")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[2].split() == ["refunds", "█", *f"{shows} {shows} {shows}".split()]


def test_budgets_unpriced_and_findings(url: str, run: str) -> None:
    budgets = call("cost", "budgets", "--url", url, "--group-by", "workflow")
    assert budgets.exit_code == 0, budgets.output
    assert budgets.output.splitlines()[1].split() == ["refunds", "1", "1", "1", "100%", "125.0%", "125.0%"]
    unpriced = call("cost", "unpriced", "--url", url)
    assert unpriced.output.splitlines()[1].split() == ["acme", "m-new", "1", "1", "1,200", "34", "2026-03-01"]
    assert "every model has a price" in call("cost", "unpriced", "--url", url, "--workflow", "other").output
    findings = call("findings", "--url", url)
    assert findings.exit_code == 0, findings.output
    assert findings.output.splitlines()[0] == "1 spans, 1.5 kB of text, 2 values replaced; policy p1"
    assert findings.output.splitlines()[2].split() == ["PERSON", "2", "100%", "██████"]
    groups = call("findings", "--url", url, "--group-by", "workflow").output.splitlines()
    assert groups[1].split() == ["refunds", "1", "1.5", "kB", "2", "0", "PERSON", "2"]
    assert json.loads(call("findings", "--url", url, "--json").output)["found"] == 2


def test_outcome_is_recorded(url: str, run: str, store: Store, tenant: str) -> None:
    result = call("outcome", run, "failure", "--at", "2026-03-05T00:00:00Z", "--url", url)
    assert result.exit_code == 0, result.output
    assert "failure stands" in result.output
    sql = "SELECT Status, Source FROM outcomes FINAL WHERE Tenant = {tenant:String}"
    (kept,) = store.query(sql, {"tenant": tenant}, tag="test")
    # this API was given no redactor, so what a person wrote is withheld
    assert kept == {"Status": "failure", "Source": "[withheld: no redactor]"}


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["replay", "nobody"], 1, "no run has this id"),
        (["outcome", "nobody", "success"], 1, "no run has this id"),
        (["runs", "--since", "tuesday"], 2, "since: must be an RFC 3339 time"),
        (["cost", "--group-by", "colour"], 2, "group_by"),
        (["latency", "--of", "weeks"], 2, "weeks"),
        (["compare", "v1", "version=v2"], 2, "baseline: must be version=NAME or model=NAME"),
        (["cost", "--interval", "year"], 2, "year"),
        (["replay", "x", "--json", "--jsonl"], 2, "choose one"),
    ],
)
def test_exit_statuses(url: str, arguments: list[str], status: int, says: str) -> None:
    result = call(*arguments, "--url", url)
    assert result.exit_code == status
    assert says in result.output


def test_no_answer_is_one_readable_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = call("runs", "--url", f"http://127.0.0.1:{port}")
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: no answer from http://127.0.0.1:{port}")
    assert len(result.output.splitlines()) == 1
