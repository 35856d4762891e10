"""Log records through the real service, over both protocols: joined, redacted, and never required."""

import time

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs

from runvault.service import Service
from tests.apptest.ask import HEADERS, find_runs, read_sample
from tests.apptest.conftest import GOLDEN

pytestmark = pytest.mark.service

EXPORT = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"


def test_records_of_a_capture_are_joined_and_redacted(service: Service, http: httpx.Client) -> None:
    logs = (GOLDEN / "otel-genai-legacy.logs.json").read_bytes()
    body, spans = read_sample(GOLDEN / "otel-genai-legacy.json")
    answer = http.post(f"{service.otlp_http}/v1/logs", content=logs, headers=HEADERS)
    assert (answer.status_code, answer.json()) == (200, {})
    http.post(f"{service.otlp_http}/v1/traces", content=body, headers=HEADERS)
    (run,) = find_runs(http, service, {span["traceId"] for span in spans}, len(spans))

    deadline = time.monotonic() + 5
    told = ""
    while "What is the weather in Paris?" not in told and time.monotonic() < deadline:
        told = http.get(f"{service.api}/v1/runs/{run['run_id']}/replay").text
    assert "What is the weather in Paris?" in told
    assert "ops@example.com" not in told
    assert "4111 1111 1111 1111" not in told


def test_a_record_over_grpc(service: Service) -> None:
    content = KeyValueList(values=[KeyValue(key="content", value=AnyValue(string_value="hello"))])
    known = LogRecord(trace_id=b"\x07" * 16, span_id=b"\x07" * 8, event_name="gen_ai.user.message",
                      body=AnyValue(kvlist_value=content), time_unix_nano=1)  # fmt: skip
    unknown = LogRecord(body=AnyValue(string_value="hello"))
    request = ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(scope_logs=[ScopeLogs(log_records=[known, unknown])])]
    )
    with grpc.insecure_channel(service.otlp_grpc.removeprefix("http://")) as channel:
        export = channel.unary_unary(
            EXPORT,
            request_serializer=ExportLogsServiceRequest.SerializeToString,
            response_deserializer=ExportLogsServiceResponse.FromString,
        )
        answer = export(request, timeout=10)
    assert answer.partial_success.rejected_log_records == 1
    assert answer.partial_success.error_message == "1 records: record of no known dialect"
