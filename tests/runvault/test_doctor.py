"""`runvault doctor`: what it says of a new machine, of a running service, and of things that are wrong."""

import json
import socket
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from collector.journal import Journal, JournalSettings
from runvault.commands.doctor import command, render_findings
from runvault.doctor_data import check_api_keys, check_directory, check_journal, check_key, hold_lock
from runvault.doctor_ports import check_ports
from runvault.findings import State, fail_check, pass_check
from runvault.lock import lock_directory
from runvault.service import Service, start_service
from runvault.settings import Settings, load_settings
from vault.caller import ALL_ROLES
from vault.key_file import change_keys, key_file
from vault.keys import Key, make_key

FREE_PORTS = ("--otlp-http-port", "0", "--otlp-grpc-port", "0", "--api-port", "0")


def settings_of(directory: Path, **more: Any) -> Settings:
    return load_settings(None, {"data_dir": directory, **more}, {})


def ask(*arguments: str) -> tuple[int, dict[str, dict[str, str]], str]:
    """Exit status, findings by check, and the whole output, of a process of its own: one process, one engine."""
    line = [sys.executable, "-m", "runvault", "doctor", *arguments, "--json"]
    answer = subprocess.run(line, capture_output=True, text=True, check=False)
    found = json.loads(answer.stdout)
    assert found["healthy"] is (answer.returncode == 0)
    return answer.returncode, {item["check"]: item for item in found["items"]}, answer.stdout + answer.stderr


def test_a_new_machine_is_well_and_stays_untouched(tmp_path: Path) -> None:
    status, found, _ = ask("--data-dir", str(tmp_path / "data"), *FREE_PORTS)
    assert status == 0
    assert list(found) == [
        "python", "packages", "data directory", "key", "api keys", "journal", "store", "otlp http port",
        "otlp grpc port", "api port", "seals", "redaction",
    ]  # fmt: skip
    assert {item["state"] for name, item in found.items() if name != "data directory"} == {"ok"}
    assert not (tmp_path / "data").exists()


def test_a_policy_that_lets_values_through_is_told_without_showing_them(tmp_path: Path) -> None:
    (tmp_path / "weak.toml").write_text("[redaction.entities]\nEMAIL_ADDRESS = false\n")
    status, found, output = ask(
        "--data-dir", str(tmp_path / "data"), *FREE_PORTS, "--config", str(tmp_path / "weak.toml")
    )
    assert status == 0
    assert found["redaction"]["state"] == "warn"
    assert found["redaction"]["found"] == "your policy lets through: e-mail address"
    assert not [value for value in ("jane.planted", "4111", "AKIAQ3") if value in output]


@pytest.mark.service
def test_a_running_service_is_seen(tmp_path: Path) -> None:
    service: Service = start_service(tmp_path)
    port = service.api.rpartition(":")[2]
    try:
        status, found, _ = ask("--data-dir", str(tmp_path), "--api-port", port, "--url", service.api)
        assert found["service"] == {
            "check": "service", "state": "ok", "found": f"{service.api} is ready", "advice": ""
        }  # fmt: skip
        assert found["api port"]["found"] == f"{port} is answered by runvault, process {service.process.pid}"
        assert found["store"]["found"] == f"in use by process {service.process.pid}"
        assert found["key"]["found"] == "mode 600"
    finally:
        assert service.stop() == 0
    status, found, _ = ask("--data-dir", str(tmp_path), *FREE_PORTS, "--url", service.api)
    assert (status, found["service"]["state"]) == (1, "fail")
    assert "up to date" in found["store"]["found"]


def test_a_strangers_port_fails(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        http, grpc, _api = check_ports(settings_of(tmp_path, otlp_http_port=port, otlp_grpc_port=0))
    assert (http.state, grpc.state) == (State.FAIL, State.OK)
    assert http.advice == "stop what listens there, or set otlp_http_port"


def test_api_keys_are_counted_and_their_file_is_closed(tmp_path: Path) -> None:
    assert (check_api_keys(tmp_path).state, check_api_keys(tmp_path).found[:4]) == (State.OK, "none")
    path = key_file(tmp_path)
    old = Key("", "", "t", "", ALL_ROLES)
    for draft in (replace(old, expires_at=1), replace(old, revoked_at=1)):
        key, _text = make_key(draft)
        with change_keys(path) as keys:
            keys[key.id] = key
    assert check_api_keys(tmp_path).state is State.WARN
    key, _text = make_key(old)
    with change_keys(path) as keys:
        keys[key.id] = key
    assert (check_api_keys(tmp_path).state, check_api_keys(tmp_path).found) == (State.OK, "1 valid")
    path.chmod(0o644)
    assert check_api_keys(tmp_path).advice == f"chmod 600 {path}"
    path.write_text("{")
    assert check_api_keys(tmp_path).state is State.FAIL


def test_a_key_that_others_may_read_fails(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys" / "redaction.key"
    key.write_bytes(bytes(32))
    key.chmod(0o640)
    assert (check_key(tmp_path).state, check_key(tmp_path).advice) == (State.FAIL, f"chmod 600 {key}")
    key.chmod(0o600)
    assert check_key(tmp_path).state is State.OK


def test_a_directory_open_to_others_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert check_directory(tmp_path).advice == f"chmod 700 {tmp_path}"
    file = tmp_path / "file"
    file.touch()
    assert check_directory(file / "data").state is State.FAIL


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    with hold_lock(tmp_path) as holder:
        assert holder == ""
    lock_directory(tmp_path)  # held until this process ends
    with hold_lock(tmp_path) as holder:
        assert holder.startswith(("process ", "another process"))


def test_journal_tells_what_waits_and_what_needs_a_person(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    journal = tmp_path / "journal"
    Journal(JournalSettings(journal), "v1").close()
    assert check_journal(settings, "").found == "0 segments waiting"
    (journal / "1.seg").touch()
    assert (check_journal(settings, "").state, check_journal(settings, "process 1").state) == (State.WARN, State.OK)
    (journal / "dead").mkdir()
    (journal / "dead" / "2.seg").touch()
    (journal / "dead" / "2.seg.reason").write_text("the store refused the statement: UNKNOWN_COLUMN\n")
    (journal / "quarantine").mkdir()
    (journal / "quarantine" / "3.seg").write_bytes(b"not a segment")
    finding = check_journal(settings, "")
    assert finding.state is State.FAIL
    assert finding.found.startswith("1 dead, 1 in quarantine: ")
    assert "UNKNOWN_COLUMN" in finding.found


def test_the_table_says_what_to_do() -> None:
    findings = [pass_check("python", "3.11.7"), fail_check("key", "mode 640", "chmod 600 KEY")]
    console = Console(width=60, file=StringIO())
    console.print(render_findings(findings))
    assert isinstance(console.file, StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert lines == [
        "check         found",
        "python  ok    3.11.7",
        "key     fail  mode 640",
        "              → chmod 600 KEY",
    ]


def test_mapping_shows_what_a_file_would_become(tmp_path: Path) -> None:
    config = tmp_path / "runvault.toml"
    config.write_text('[mapping]\n"langfuse.trace.metadata.tenant" = "customer_id"\n')
    file = Path(__file__).parents[1] / "golden" / "otlp" / "langfuse.json"
    answer = CliRunner().invoke(command, ["mapping", str(file), "--config", str(config), "--json"])
    assert answer.exit_code == 0, answer.output
    items = json.loads(answer.output)["items"]
    call = next(item for item in items if item["name"] == "decide")
    assert (call["dialect"], call["step_type"]) == ("langfuse", "model_call")
    assert call["fields"]["customer_id"] == '"acme"'
    table = CliRunner().invoke(command, ["mapping", str(file)])
    assert table.exit_code == 0
    assert "kept as attributes" in table.output
