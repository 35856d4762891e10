"""Retention of the real service: what its command line shows, applies and erases; its cold directory."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from runvault.cli import cli
from runvault.service import Service, start_service
from schema.errors import RunvaultError
from tests.apptest.ask import HEADERS, wait_for_spans

pytestmark = pytest.mark.service

DAY_NS = 86_400 * 10**9
KEPT = {"payloads": 3, "steps": 5, "runs": 20}
ENVIRONMENT = {f"RUNVAULT_RETENTION_{name.upper()}": str(days) for name, days in KEPT.items()}


def send(http: httpx.Client, service: Service, trace: int, days_ago: int, user: str = "") -> None:
    """A model call in a trace of its own that began so many days ago."""
    start = time.time_ns() - days_ago * DAY_NS
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hello"}]}]',
        "runvault.user.id": user,
    }
    raw = {
        "traceId": f"{trace:032x}", "spanId": f"{trace:016x}", "name": "chat", "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 10**9),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in said.items()],
    }  # fmt: skip
    resource = {"attributes": [{"key": "deployment.environment.name", "value": {"stringValue": "staging"}}]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {}, "spans": [raw]}]}]}
    answer = http.post(f"{service.otlp_http}/v1/traces", content=json.dumps(body), headers=HEADERS)
    assert (answer.status_code, answer.json()) == (200, {})


def call(service: Service, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["retention", *arguments, "--url", service.api], env={"COLUMNS": "80"})


def read_shown(service: Service) -> dict[tuple[str, str], Any]:
    answer = json.loads(call(service, "show", "--json").output)
    return {(item["environment"], item["class"]): item for item in answer["items"]}


def test_show_apply_erase_and_the_cold_directory(tmp_path: Path, http: httpx.Client) -> None:
    cold = {"RUNVAULT_RETENTION_COLD_DIR": str(tmp_path / "cold"), "RUNVAULT_RETENTION_COLD_AFTER_DAYS": "1"}
    service = start_service(tmp_path / "data", {**ENVIRONMENT, **cold})
    for trace, (days_ago, user) in enumerate([(0, "ann"), (2, "ann"), (4, "bob"), (6, "bob")], 1):
        send(http, service, trace, days_ago, user)
    wait_for_spans(http, service, 3)  # the fourth is past its steps' lifetime
    shown = call(service, "show")
    assert (shown.exit_code, "nothing is older than allowed" in shown.output) == (0, True), shown.output
    items = read_shown(service)
    assert [items["staging", name]["rows"] for name in ("payloads", "steps", "runs")] == [2, 6, 3]
    assert items["staging", "payloads"]["oldest_day"] == time.strftime(
        "%Y-%m-%d", time.gmtime(time.time() - 2 * 86_400)
    )
    assert service.stop() == 0

    # started again with shorter lifetimes: nothing goes until it is applied, and old days have moved
    service = start_service(tmp_path / "data", {**ENVIRONMENT, **cold, "RUNVAULT_RETENTION_STEPS": "3"})
    deadline = time.monotonic() + 20
    while not read_shown(service)["staging", "steps"]["cold_bytes"] and time.monotonic() < deadline:
        time.sleep(0.1)
    steps = read_shown(service)["staging", "steps"]
    assert (steps["rows"], steps["lifetime_days"], steps["configured_days"]) == (6, 5, 3)
    assert 0 < steps["cold_bytes"] < steps["bytes"]
    assert any(path.name.endswith(".bin") for path in (tmp_path / "cold").rglob("*"))
    dry = call(service, "apply", "--dry-run")
    assert re.search(r"would go: 2 rows, ", dry.output), dry.output
    assert read_shown(service)["staging", "steps"]["rows"] == 6
    assert call(service, "apply").exit_code == 1  # nobody says yes
    done = call(service, "apply", "--yes")
    assert (done.exit_code, "the policy is in force" in done.output) == (0, True), done.output
    assert read_shown(service)["staging", "steps"]["rows"] == 4
    assert "nothing would go; the policy is in force already" in call(service, "apply", "--yes").output

    runs = http.get(f"{service.api}/v1/runs").json()["items"]
    assert len(runs) == 3
    user = next(run["user"] for run in runs if run["run_id"] == f"{1:032x}")
    erased = call(service, "erase", "--user", user, "--yes")
    assert (erased.exit_code, "erased: 2 runs" in erased.output) == (0, True), erased.output
    assert [run["run_id"] for run in http.get(f"{service.api}/v1/runs").json()["items"]] == [f"{3:032x}"]
    assert call(service, "erase", "--run", "nobody", "--yes").exit_code == 1
    assert call(service, "erase").exit_code == 2
    assert service.stop() == 0
    # without the setting the tables that lie there must still open
    service = start_service(tmp_path / "data", ENVIRONMENT)
    assert read_shown(service)["staging", "runs"]["rows"] == 1
    assert service.stop() == 0


def test_full_is_refused_for_production(tmp_path: Path) -> None:
    file = tmp_path / "runvault.toml"
    file.write_text("[retention.environments.production]\nmode = 'full'\n")
    with pytest.raises(RunvaultError, match="must not reach production"):
        start_service(tmp_path / "data", options=("--config", str(file)))
