"""Bad input gets a clear answer, and loses nothing else (acceptance 6)."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
import zstandard
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from runvault.service import Service
from tests.apptest.ask import HEADERS, find_runs

pytestmark = pytest.mark.service

PROTOBUF = {"content-type": "application/x-protobuf"}
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def make_request(**changes: Any) -> dict[str, Any]:
    """A JSON request with one span."""
    span = {"traceId": TRACE, "spanId": SPAN, "name": "x", "startTimeUnixNano": "1795000000000000000"} | changes
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def make_protobuf(trace_id: bytes = bytes.fromhex(TRACE), name: str = "x") -> bytes:
    """A protobuf request with one span."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = trace_id, bytes.fromhex(SPAN), name
    span.start_time_unix_nano = 1795000000000000000
    return request.SerializeToString()


def nest(depth: int) -> bytes:
    """JSON with a value nested so deep."""
    value = '{"arrayValue":{"values":[' * depth + '{"stringValue":"x"}' + "]}}" * depth
    attribute = '{"key":"k","value":' + value + "}"
    span = f'{{"traceId":"{TRACE}","spanId":"{SPAN}","name":"x","attributes":[{attribute}]}}'
    return ('{"resourceSpans":[{"scopeSpans":[{"spans":[' + span + "]}]}]}").encode()


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (PROTOBUF, b"\xff\xfe garbage \x00", 400),
        (PROTOBUF, make_protobuf()[:-3], 400),
        (HEADERS, b"{not json", 400),
        (HEADERS, b"[]", 400),
        (HEADERS, b'{"resourceSpans": 7}', 400),
        (HEADERS, b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"\xff\xfe"}]}]}]}', 400),
        (HEADERS, nest(10_000), 400),
        (HEADERS, nest(200), 400),
        ({"content-type": "text/plain"}, b"x", 415),
        ({}, b"x", 415),
        ({**PROTOBUF, "content-encoding": "br"}, b"x", 415),
        ({**PROTOBUF, "content-encoding": "gzip"}, b"not gzip", 400),
        ({**PROTOBUF, "content-encoding": "gzip"}, gzip.compress(make_protobuf(), mtime=0)[:-9], 400),
        ({**PROTOBUF, "content-encoding": "zstd"}, b"not zstd", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(
    service: Service, http: httpx.Client, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = http.post(f"{service.otlp_http}/v1/traces", content=body, headers=headers)
    assert answer.status_code == status
    if headers.get("content-type") == "application/json":
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["message"]
    else:
        assert Status.FromString(answer.content).message
    assert "retry-after" not in answer.headers


def test_other_methods_and_paths(service: Service, http: httpx.Client) -> None:
    answer = http.get(f"{service.otlp_http}/v1/traces")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert http.post(f"{service.otlp_http}/v1/nothing").status_code == 404


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, zstandard.ZstdCompressor().compress])
def test_every_encoding_is_read(service: Service, http: httpx.Client, compress: Any) -> None:
    names: dict[Any, str] = {gzip.compress: "gzip", zlib.compress: "deflate"}
    headers = {
        "content-type": "application/x-protobuf; charset=utf-8",
        "content-encoding": names.get(compress, "zstd"),
    }
    answer = http.post(f"{service.otlp_http}/v1/traces", content=compress(make_protobuf()), headers=headers)
    assert answer.status_code == 200
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()


def read_memory(service: Service) -> int:
    """Resident memory of the service and its collectors, bytes."""
    total = 0
    for process in [service.process.pid, *list_children(service.process.pid)]:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1]) * 1024
    return total


def list_children(pid: int) -> list[int]:
    """Processes started by a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("window", [16 + zlib.MAX_WBITS, zlib.MAX_WBITS])
def test_a_bomb_is_refused_and_memory_stays_bounded(service: Service, http: httpx.Client, window: int) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    bomb = b"".join(packer.compress(bytes(1 << 24)) for _ in range(64)) + packer.flush()
    assert len(bomb) < 1_100_000
    before = read_memory(service)
    headers = {**PROTOBUF, "content-encoding": "gzip" if window > 16 else "deflate"}
    answer = http.post(f"{service.otlp_http}/v1/traces", content=bomb, headers=headers)
    assert answer.status_code == 413
    assert read_memory(service) - before < 200 << 20


def test_a_body_over_the_limit_is_refused_before_it_is_read(service: Service, http: httpx.Client) -> None:
    answer = http.post(f"{service.otlp_http}/v1/traces", content=bytes(65 << 20), headers=PROTOBUF)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "changes",
    [
        {"traceId": "abcd"},
        {"traceId": "0" * 32},
        {"traceId": "not hexadecimal at all!!"},
        {"spanId": ""},
        {"spanId": "00" * 8},
        {"parentSpanId": "ab"},
    ],
)
def test_wrong_ids_are_refused_span_by_span(service: Service, http: httpx.Client, changes: dict[str, str]) -> None:
    good = "ab" * 16
    request = make_request(**changes)
    spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans.append({"traceId": good, "spanId": "cd" * 8, "name": "kept", "startTimeUnixNano": "1795000000000000000"})
    answer = http.post(f"{service.otlp_http}/v1/traces", content=json.dumps(request), headers=HEADERS)
    assert answer.status_code == 200
    partial = answer.json()["partialSuccess"]
    assert int(partial["rejectedSpans"]) == 1
    assert "span id" in partial["errorMessage"] or "trace id" in partial["errorMessage"]
    assert [run["steps"] for run in find_runs(http, service, {good}, 1)] == [1]


@pytest.mark.parametrize(
    ("number", "start", "end"),
    [
        (1, 0, 0),
        (2, 2**64 - 1, 2**64 - 1),
        (3, 1_795_000_000_000_000_000, 1),
        (4, 1, 2**64 - 1),
        (5, 4_000_000_000_000_000_000, 4_000_000_000_000_000_001),
    ],
)
def test_absurd_times_are_kept(service: Service, http: httpx.Client, number: int, start: int, end: int) -> None:
    trace = f"{number:032x}"
    request = make_request(traceId=trace, startTimeUnixNano=str(start), endTimeUnixNano=str(end))
    answer = http.post(f"{service.otlp_http}/v1/traces", content=json.dumps(request), headers=HEADERS)
    assert (answer.status_code, answer.json()) == (200, {})
    assert [run["steps"] for run in find_runs(http, service, {trace}, 1)] == [1]
    assert http.get(f"{service.api}/v1/runs/{trace}/replay").status_code == 200


def test_grpc_answers_by_its_own_codes(service: Service) -> None:
    with grpc.insecure_channel(service.otlp_grpc.removeprefix("http://")) as channel:
        export: Any = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        with pytest.raises(grpc.RpcError) as garbage:
            export(b"\xff garbage", timeout=10)
        assert garbage.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        partial = ExportTraceServiceResponse.FromString(export(make_protobuf(b"short"), timeout=10))
        assert partial.partial_success.rejected_spans == 1
        with pytest.raises(grpc.RpcError) as large:
            export(bytes(65 << 20), timeout=10)
        assert large.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_grpc_bomb_is_refused_and_memory_stays_bounded(service: Service) -> None:
    before = read_memory(service)
    with grpc.insecure_channel(service.otlp_grpc.removeprefix("http://"), compression=grpc.Compression.Gzip) as channel:
        export: Any = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        with pytest.raises(grpc.RpcError) as refused:
            export(bytes(512 << 20), timeout=60)
        assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert read_memory(service) - before < 300 << 20


def test_logs_and_metrics_are_answered_so_that_a_stock_sdk_does_not_fail(service: Service, http: httpx.Client) -> None:
    points: dict[str, Any] = {"gauge": {"dataPoints": [{}, {}]}}
    metrics = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [points]}]}]}
    answer = http.post(f"{service.otlp_http}/v1/metrics", json=metrics)
    assert answer.status_code == 200
    assert int(answer.json()["partialSuccess"]["rejectedDataPoints"]) == 2
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "x"}}]}]}]}
    answer = http.post(f"{service.otlp_http}/v1/logs", json=logs)
    assert answer.status_code == 200
    assert int(answer.json()["partialSuccess"]["rejectedLogRecords"]) == 1


def test_the_service_is_still_well(service: Service, http: httpx.Client) -> None:
    assert http.get(f"{service.api}/readyz").status_code == 200
