"""Keys over the wire, against the real service and with the stock exporters (issue 6, keys and tenants)."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from runvault.service import Service, start_service

pytestmark = pytest.mark.service

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PROTOBUF = {"content-type": "application/x-protobuf"}


@dataclass(slots=True)
class Keyed:
    """A service that needs keys."""

    service: Service
    data_dir: Path
    http: httpx.Client

    def call(self, *arguments: str, key: str = "") -> "subprocess.CompletedProcess[str]":
        """The command line, on the data directory or with a key."""
        environment = {**os.environ, "RUNVAULT_API_KEY": key, "RUNVAULT_URL": self.service.api}
        return subprocess.run(
            [sys.executable, "-m", "runvault", *arguments], capture_output=True, text=True, env=environment
        )

    def create(self, *arguments: str) -> str:
        """A new key's text."""
        made = self.call("keys", "create", "--data-dir", str(self.data_dir), *arguments)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def send(self, key: str | None, spans: int = 1, environment: str = "") -> httpx.Response:
        """Spans over HTTP, as JSON."""
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        content = json.dumps(make_request(spans, environment))
        return self.http.post(f"{self.service.otlp_http}/v1/traces", content=content, headers=headers)

    def send_grpc(self, key: str | None) -> tuple[grpc.StatusCode, Status | None]:
        """An empty request over gRPC: the status, and its details if there are any."""
        metadata = (("authorization", f"Bearer {key}"),) if key else ()
        with grpc.insecure_channel(self.service.otlp_grpc.removeprefix("http://")) as channel:
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
            try:
                call(b"", metadata=metadata, timeout=20)
            except grpc.RpcError as error:
                trailing = list(error.trailing_metadata() or ())
                details = next((item.value for item in trailing if item.key == "grpc-status-details-bin"), None)
                return error.code(), Status.FromString(details) if details else None
        return grpc.StatusCode.OK, None

    def list_runs(self, key: str, count: int) -> list[dict[str, Any]]:
        """The runs that a key sees, once there are so many."""
        deadline = time.monotonic() + 10
        while True:
            answer = self.http.get(f"{self.service.api}/v1/runs", headers={"authorization": f"Bearer {key}"})
            runs: list[dict[str, Any]] = answer.json()["items"]
            if len(runs) >= count or time.monotonic() > deadline:
                return runs
            time.sleep(0.1)


def make_request(spans: int, environment: str) -> dict[str, Any]:
    """A request with spans of one trace that claim to be of another tenant."""
    start = time.time_ns()
    attributes = [
        {"key": "runvault.tenant", "value": {"stringValue": "globex"}},
        {"key": "deployment.environment.name", "value": {"stringValue": environment}},
    ]
    trace = os.urandom(16).hex()
    made = [
        {"traceId": trace, "spanId": os.urandom(8).hex(), "name": "work", "attributes": attributes,
         "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 1000)}
        for _ in range(spans)
    ]  # fmt: skip
    return {"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [{"spans": made}]}]}


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    """A service with two collectors and a first key."""
    directory = tmp_path_factory.mktemp("keyed")
    service = start_service(directory, {"RUNVAULT_LOG_LEVEL": "debug"}, ("--workers", "2"))
    with httpx.Client(trust_env=False, timeout=30) as client:
        made = Keyed(service, directory, client)
        made.create("--role", "admin")
        yield made
    assert service.stop() == 0


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_stock_exporters_send_with_their_headers_variable(
    keyed: Keyed, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = f"exporter-{protocol}"
    key = keyed.create("--role", "ingest", "--role", "viewer", "--tenant", tenant)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"authorization=Bearer%20{key}")
    exporter: SpanExporter
    if protocol == "grpc":
        exporter = GrpcExporter(endpoint=keyed.service.otlp_grpc, insecure=True)
    else:
        exporter = HttpExporter(endpoint=f"{keyed.service.otlp_http}/v1/traces")
    provider = TracerProvider(
        resource=Resource({"deployment.environment.name": "staging", "runvault.tenant": "globex"})
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("work"):
        pass
    provider.shutdown()
    (run,) = keyed.list_runs(key, 1)
    assert (run["tenant"], run["environment"]) == (tenant, "staging")


def test_the_keys_tenant_and_environment_stand_whatever_a_span_claims(keyed: Keyed) -> None:
    key = keyed.create("--role", "ingest", "--role", "viewer", "--tenant", "acme", "--environment", "production")
    assert keyed.send(key, environment="staging").status_code == 200
    (run,) = keyed.list_runs(key, 1)
    assert (run["tenant"], run["environment"]) == ("acme", "production")
    globex = keyed.create("--role", "viewer", "--tenant", "globex")
    assert keyed.list_runs(globex, 0) == []
    staging = keyed.create("--role", "viewer", "--tenant", "acme", "--environment", "staging")
    assert keyed.list_runs(staging, 0) == []


def test_who_may_not_send(keyed: Keyed) -> None:
    viewer = keyed.create("--role", "viewer")
    wrong = viewer[:-1] + ("A" if viewer[-1] != "A" else "B")
    for key, status, code in (
        (None, 401, grpc.StatusCode.UNAUTHENTICATED),
        (wrong, 401, grpc.StatusCode.UNAUTHENTICATED),
        (viewer, 403, grpc.StatusCode.PERMISSION_DENIED),
    ):
        answer = keyed.send(key)
        assert answer.status_code == status
        assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
        assert keyed.send_grpc(key) == (code, None)
    answer = keyed.http.post(f"{keyed.service.otlp_http}/v1/traces", headers=PROTOBUF)
    assert Status.FromString(answer.content).code == grpc.StatusCode.UNAUTHENTICATED.value[0]


def test_a_revoked_key_ends_at_the_next_request_everywhere(keyed: Keyed) -> None:
    key = keyed.create("--role", "ingest", "--role", "viewer")
    assert keyed.send(key).status_code == 200
    keyed.call("keys", "revoke", "--data-dir", str(keyed.data_dir), key.split("_")[1])
    for _ in range(8):  # whichever collector the connection reaches
        with httpx.Client(trust_env=False, timeout=30) as fresh:
            assert Keyed(keyed.service, keyed.data_dir, fresh).send(key).status_code == 401
    assert keyed.send_grpc(key)[0] is grpc.StatusCode.UNAUTHENTICATED
    assert keyed.call("runs", key=key).returncode == 1


def test_the_rate_holds_over_all_collectors_and_says_when_to_come_back(keyed: Keyed) -> None:
    key = keyed.create("--role", "ingest", "--tenant", "fast", "--spans-per-second", "100")
    sent, refused, started = 0, 0, time.monotonic()
    while time.monotonic() - started < 4:
        with httpx.Client(trust_env=False, timeout=30) as fresh:  # connections spread over both collectors
            answer = Keyed(keyed.service, keyed.data_dir, fresh).send(key, spans=40)
        if answer.status_code == 200:
            sent += 40
        else:
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) >= 1
            refused += 1
    took = time.monotonic() - started
    assert refused
    assert 100 * (took - 1) <= sent <= 100 * (took + 1) + 40
    assert keyed.send(key, spans=500).status_code in (200, 429)
    code, details = keyed.send_grpc(key)
    info = RetryInfo()
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert details is not None
    assert details.details[0].Unpack(info)
    assert info.retry_delay.seconds >= 1


def test_a_quota_that_is_used_up_is_no_reason_to_try_again(keyed: Keyed) -> None:
    key = keyed.create("--role", "ingest", "--tenant", "small", "--bytes-per-day", "3000")
    statuses = [keyed.send(key, spans=5).status_code for _ in range(5)]
    assert statuses[0] == 200
    assert statuses[-1] == 403
    answer = keyed.send(key)
    assert "3000 bytes of this day (UTC) are used up" in answer.json()["message"]
    assert "retry-after" not in answer.headers
    assert keyed.send_grpc(key) == (grpc.StatusCode.FAILED_PRECONDITION, None)


def test_reading_commands_send_the_key(keyed: Keyed) -> None:
    key = keyed.create("--role", "viewer", "--role", "admin", "--tenant", "reader")
    asking = ("runs", "cost", "latency", "coverage", "reliability", "audit list", "audit verify")
    for command in map(str.split, asking):
        assert keyed.call(*command).returncode == 1, command
        done = keyed.call(*command, key=key)
        assert done.returncode == 0, (command, done.stderr)


def test_an_export_is_verified_by_its_own_program_alone(keyed: Keyed, tmp_path: Path) -> None:
    key = keyed.create("--role", "admin", "--role", "viewer", "--tenant", "auditor")
    for number in range(3):
        keyed.call("replay", f"run-{number}", "--why", "ticket 4711", key=key)
    exported = keyed.call("audit", "export", str(tmp_path), key=key)
    assert exported.returncode == 0, exported.stderr
    verify = [sys.executable, "-I", "-S", "audit_check.py"]
    done = subprocess.run(verify, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    path = tmp_path / "entries.jsonl"
    lines = path.read_text().splitlines()
    own = [json.loads(line) for line in lines if "action" in json.loads(line)]
    assert [entry["object"] for entry in own if entry["action"] == "run.replay"] == ["run-0", "run-1", "run-2"]
    assert {entry["tenant"] for entry in own} == {"auditor"}
    assert {entry["reason"] for entry in own if entry["action"] == "run.replay"} == {"ticket 4711"}
    place = next(number for number, line in enumerate(lines) if "run-1" in line)
    for broken in (
        [*lines[:place], *lines[place + 1 :]],
        [line.replace("run-1", "run-9") for line in lines],
        lines[:-1],
    ):
        path.write_text("\n".join(broken) + "\n")
        done = subprocess.run(verify, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 1
        assert "problems" in done.stdout


def test_another_address_needs_a_key_first(tmp_path: Path) -> None:
    for command in ("serve", "collect", "api"):
        done = subprocess.run(
            [sys.executable, "-m", "runvault", command, "--data-dir", str(tmp_path), "--host", "0.0.0.0"],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 1
        assert "needs a key first: runvault keys create" in done.stderr


def test_with_a_key_another_address_is_served_and_refuses_without_it(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "runvault", "keys", "create", "--data-dir", str(tmp_path), "--role", "viewer"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    service = start_service(tmp_path, options=("--host", "0.0.0.0", "--workers", "1"))
    try:
        with httpx.Client(trust_env=False, timeout=30) as client:
            port = service.api.rpartition(":")[2]
            url = f"http://127.0.0.1:{port}/v1/runs"
            assert client.get(url).status_code == 401
            assert client.get(url, headers={"authorization": f"Bearer {made.stdout.strip()}"}).status_code == 200
    finally:
        assert service.stop() == 0


def test_no_key_is_in_any_log_or_file(keyed: Keyed) -> None:
    key = keyed.create("--role", "ingest", "--role", "viewer")
    keyed.send(key)
    keyed.send_grpc(key)
    keyed.list_runs(key, 1)
    keyed.http.get(f"{keyed.service.api}/v1/runs/x/replay", headers={"authorization": f"Bearer {key}"})
    secret = key.split("_", 2)[2].encode()
    for path in keyed.data_dir.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes(), path
