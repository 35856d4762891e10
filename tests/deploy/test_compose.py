"""docker-compose.yml by the Compose Specification's schema and by our own rules. Docker was not run."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click import Context, Group
from jsonschema import Draft7Validator

from runvault.cli import cli
from runvault.settings import SETTINGS
from schema.cluster import Cluster
from tests.deploy.compose import LAYOUTS, ROOT, read_all, read_environment, read_layout, read_services, read_variables

SCHEMA = json.loads(Path(__file__).with_name("compose-spec.json").read_text("utf-8"))
OURS = ("collector", "migrate", "loader", "api", "tools")
ONCE = ("migrate", "tools", "bucket")
"""Services that end."""
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|CREDENTIAL|_KEY", re.I)

services = pytest.mark.parametrize("name", sorted(read_all()))
layouts = pytest.mark.parametrize("layout", LAYOUTS)


@layouts
def test_the_schema_accepts_it(layout: str) -> None:
    document, _ = read_layout(layout)
    assert [f"{list(error.path)}: {error.message}" for error in Draft7Validator(SCHEMA).iter_errors(document)] == []


def test_the_schema_refuses_what_it_does_not_know() -> None:
    document, _ = read_layout("one node")
    document["services"]["api"]["helthcheck"] = {}
    assert len(list(Draft7Validator(SCHEMA).iter_errors(document))) == 1


@layouts
def test_services_of_a_layout(layout: str) -> None:
    always = {"collector", "migrate", "loader", "api", "clickhouse", "grafana"}
    cluster = {"clickhouse-1b", "clickhouse-2a", "clickhouse-2b", "keeper-1", "keeper-2", "keeper-3"}
    expected = always | (cluster if "cluster" in layout else set()) | ({"minio", "bucket"} if "s3" in layout else set())
    assert set(read_services(layout)) == expected


@layouts
def test_whom_a_service_waits_for_is_there(layout: str) -> None:
    running = read_services(layout)
    for name, service in running.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in read_all(), name
            assert other in running or how.get("required") is False, f"{name} waits for {other}"
            if how["condition"] == "service_healthy" and other in running:
                assert "healthcheck" in running[other], other
            assert (how["condition"] == "service_completed_successfully") == (other in ONCE)


@services
def test_an_image_is_pinned(name: str) -> None:
    image, _, tag = read_all()[name]["image"].partition(":")
    assert image
    assert re.search(r"\d+\.\d+|RELEASE\.\d{4}", tag), tag


@services
def test_who_stays_has_a_health_check_and_is_started_again(name: str) -> None:
    service = read_all()[name]
    if name in ONCE:
        assert service["restart"] == "no"
        return
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"].keys() >= {"test", "interval", "timeout", "retries", "start_period"}
    assert service["healthcheck"]["test"][0] == "CMD"


@services
def test_everybody_has_limits(name: str) -> None:
    assert read_all()[name]["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}


@services
def test_nothing_may_become_more_than_it_is(name: str) -> None:
    service = read_all()[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    if not name.startswith("clickhouse"):  # its entry point gives folders to its user
        assert service["cap_drop"] == ["ALL"]
    if name in OURS:
        assert service["read_only"]
        assert "cap_add" not in service


@services
def test_ports_are_on_loopback(name: str) -> None:
    for port in read_all()[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port), port


@layouts
def test_what_is_mounted_is_there(layout: str) -> None:
    document, _ = read_layout(layout)
    for service in read_services(layout).values():
        for mount in service.get("volumes", []):
            source, target, *mode = mount.split(":")
            assert target.startswith("/")
            if source.startswith("."):
                assert (ROOT / source).exists(), source
                assert mode == ["ro"], f"{source} can be written to"
            else:
                assert source in document["volumes"]
        for secret in service.get("secrets", []):
            assert (secret["source"] if isinstance(secret, dict) else secret) in document["secrets"]


@services
def test_a_secret_is_named_by_its_file(name: str) -> None:
    service = read_all()[name]
    mounted = {
        secret.get("target", secret["source"]) if isinstance(secret, dict) else secret
        for secret in service.get("secrets", [])
    }
    for variable, value in read_environment(service).items():
        if SECRET.search(variable):
            assert variable.endswith("_FILE"), variable
            assert value.removeprefix("/run/secrets/") in mounted, value
        assert not re.search(r"://[^/@]*:[^/@]+@", str(value)), f"{variable} holds a password"


@services
def test_variables_are_settings_of_ours(name: str) -> None:
    mine = {setting.variable for setting in SETTINGS}
    provisioning = (ROOT / "dashboards" / "provisioning").rglob("*.*")
    boards = set(re.findall(r"RUNVAULT_\w+", " ".join(path.read_text("utf-8") for path in provisioning)))
    named = {variable for variable in read_environment(read_all()[name]) if variable.startswith("RUNVAULT_")}
    assert named <= (boards if name == "grafana" else mine)
    if name == "grafana":
        assert named == boards


def test_files_of_variables_set_what_the_document_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    given = {name for files in LAYOUTS.values() for file in files for name in read_variables(file)}
    assert given - {"COMPOSE_PROFILES"} == asked
    Cluster(read_variables("deploy/cluster.env")["RUNVAULT_STORE_CLUSTER"])


@pytest.mark.parametrize("name", OURS)
def test_commands_are_real(name: str) -> None:
    service = read_all()[name]
    words: list[list[Any]] = [service["command"]]
    check = service.get("healthcheck", {}).get("test")
    if check:
        assert check[:2] == ["CMD", "runvault"]
        words.append(check[2:])
    for first, *rest in words:
        if first == "--help":
            continue
        command = cli.get_command(Context(cli), first)
        assert command is not None
        assert not isinstance(command, Group)
        command.make_context(first, list(rest)).close()  # refuses arguments and options that it does not have


def test_the_loader_shares_the_journal_with_the_collector() -> None:
    shared = {name: read_all()[name]["volumes"] for name in OURS}
    assert all(volumes == ["data:/data"] for volumes in shared.values())
