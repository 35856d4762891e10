"""The files beside docker-compose.yml: for ClickHouse, Keeper, the image, the secrets, an OpenTelemetry Collector."""

import hashlib
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from schema.volumes import POLICY, VOLUME
from tests.deploy.compose import ROOT, read_all

DEPLOY = ROOT / "deploy"
INCLUDED = re.compile(r'<(\w+) incl="(\w+)"/>')
SHOW_CLUSTER = """
import sys
import chdb
engine = chdb.connect(f"{sys.argv[1]}?config-file={sys.argv[2]}")
print(engine.query(sys.argv[3], "TSV"), end="")
"""


def read_xml(name: str) -> ElementTree.Element:
    return ElementTree.parse(DEPLOY / name).getroot()


@pytest.mark.parametrize("name", sorted(str(path.relative_to(DEPLOY)) for path in DEPLOY.rglob("*.xml")))
def test_a_configuration_can_be_read(name: str) -> None:
    assert read_xml(name).tag == "clickhouse"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What the script makes."""
    subprocess.run([DEPLOY / "make-secrets.sh", tmp_path / "secrets"], check=True, capture_output=True)
    return tmp_path / "secrets"


def test_secrets_are_made_once(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    again = subprocess.run([DEPLOY / "make-secrets.sh", secrets], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    assert set(before) == set(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["secrets"])
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    values = [value for name, value in before.items() if not name.endswith(".xml")]
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in values)
    assert len(set(values)) == len(values)


def test_the_server_is_given_hashes_of_its_users_passwords(secrets: Path) -> None:
    told = {child.tag: child.text for child in ElementTree.parse(secrets / "clickhouse_secrets.xml").getroot()}
    for role in ("writer", "reader"):
        password = (secrets / f"clickhouse_{role}_password").read_bytes()
        assert told[f"{role}_password_sha256"] == hashlib.sha256(password).hexdigest()
        assert password.decode() not in told.values()
    wanted = {name for path in DEPLOY.rglob("*.xml") for _, name in INCLUDED.findall(path.read_text())}
    assert wanted == set(told)


def test_there_is_no_default_user_and_no_password_in_the_open() -> None:
    users = read_xml("clickhouse/users.xml").find("users")
    assert users is not None
    assert {user.tag for user in users} == {"default", "runvault", "grafana"}
    assert users.find("default[@remove='remove']") is not None
    for user in ("runvault", "grafana"):
        (password,) = [child for child in users.findall(f"{user}/*") if child.tag.startswith("password")]
        assert password.get("incl")


def test_every_log_of_the_server_has_a_lifetime_or_is_off() -> None:
    logs = [child for child in read_xml("clickhouse/common.xml") if child.tag.endswith("_log")]
    assert len(logs) > 15
    for log in logs:
        assert log.get("remove") == "remove" or re.search(r"INTERVAL \d+ DAY DELETE$", log.findtext("ttl", "")), log.tag


def test_the_cold_volume_is_what_the_settings_ask_for() -> None:
    policies = read_xml("clickhouse/storage-s3.xml").find("storage_configuration/policies")
    assert policies is not None
    (policy,) = policies
    assert policy.tag == POLICY
    assert [volume.tag for volume in policy.findall("volumes/*")] == ["default", VOLUME]
    assert policy.findtext("volumes/default/disk") == "default"
    assert f"RUNVAULT_RETENTION_COLD_POLICY={POLICY}\n" in (DEPLOY / "s3.env").read_text()


@pytest.mark.service
def test_the_engine_reads_the_cluster_with_its_secrets(secrets: Path, tmp_path: Path) -> None:
    """The real ClickHouse reads our file: includes, variables and all. Its nodes are not there, so none is asked."""
    text = (DEPLOY / "clickhouse" / "cluster.xml").read_text()
    named = f"<include_from>{secrets}/clickhouse_secrets.xml</include_from>\n  <macros>"
    config = tmp_path / "config.xml"
    config.write_text(re.sub(r"<zookeeper>.*</distributed_ddl>", "", text.replace("<macros>", named), flags=re.S))
    sql = (
        "SELECT shard_num, replica_num, host_name, (SELECT groupArray(substitution) FROM system.macros)"
        " FROM system.clusters WHERE cluster = 'runvault' ORDER BY shard_num, replica_num"
    )
    shown = subprocess.run(
        [sys.executable, "-c", SHOW_CLUSTER, str(tmp_path / "store"), str(config), sql],
        env={"SHARD": "02", "REPLICA": "clickhouse-2a"}, capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    macros = "['clickhouse-2a','02']"
    assert shown.splitlines() == [
        f"1\t1\tclickhouse\t{macros}",
        f"1\t2\tclickhouse-1b\t{macros}",
        f"2\t1\tclickhouse-2a\t{macros}",
        f"2\t2\tclickhouse-2b\t{macros}",
    ]


def test_nodes_are_named_as_their_services() -> None:
    services = read_all()
    nodes = [str(host.text) for host in read_xml("clickhouse/cluster.xml").iter("host")]
    quorum = [host.text for host in read_xml("keeper/keeper.xml").iter("hostname")]
    assert sorted(nodes) == sorted(name for name in services if name.startswith(("clickhouse", "keeper")))
    assert quorum == ["keeper-1", "keeper-2", "keeper-3"]
    shards = read_xml("clickhouse/cluster.xml").findall("remote_servers/runvault/shard")
    for number, shard in enumerate(shards, start=1):
        for host in shard.iter("host"):
            variables = services[str(host.text)]["environment"]
            assert (variables["SHARD"], variables["REPLICA"]) == (f"{number:02d}", host.text)
    for name in quorum:
        assert services[str(name)]["environment"] == {"KEEPER_ID": str(name).removeprefix("keeper-")}


def list_steps() -> list[list[str]]:
    """The Dockerfile's instructions, one list of words each."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M).replace("\\\n", " ")
    return [shlex.split(line) for line in text.splitlines() if line.strip()]


def test_the_image_has_what_it_copies_and_runs_as_nobody_special() -> None:
    steps = list_steps()
    copied = [word for step in steps if step[0] == "COPY" and "--from" not in step[1] for word in step[1:-1]]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in ignored, f"{name} is left out of the build"
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "scripts"}
    assert packages <= set(copied)
    users = [step[1] for step in steps if step[0] == "USER"]
    assert users == ["10001:10001"]
    health = next(step for step in steps if step[0] == "HEALTHCHECK")
    assert "curl" not in " ".join(health)
    assert [step[0] for step in steps].count("FROM") == 2


def test_the_exporter_waits_and_keeps_its_queue_on_disk() -> None:
    config = yaml.safe_load((DEPLOY / "otel-collector.yaml").read_text())
    exporter = config["exporters"]["otlp/runvault"]
    assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s"
    assert exporter["sending_queue"]["storage"] in config["extensions"]
    assert "file:" in exporter["headers"]["authorization"]
    service = config["service"]
    assert set(service["extensions"]) == set(config["extensions"])
    for pipeline in service["pipelines"].values():
        for kind, names in pipeline.items():
            assert set(names) <= set(config[kind])
