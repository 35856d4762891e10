"""The stock OpenTelemetry exporters, given nothing but the endpoint, deliver (acceptance 2)."""

import time

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from runvault.service import Service
from tests.apptest.ask import find_runs

pytestmark = pytest.mark.service


@pytest.mark.parametrize("protocol", ["http", "http-gzip", "http-deflate", "grpc", "grpc-gzip"])
def test_a_span_is_in_the_api_within_two_seconds(service: Service, http: httpx.Client, protocol: str) -> None:
    exporter: SpanExporter
    if protocol.startswith("grpc"):
        import grpc

        gzip = grpc.Compression.Gzip if protocol.endswith("gzip") else grpc.Compression.NoCompression
        exporter = GrpcExporter(endpoint=service.otlp_grpc, compression=gzip)
    else:
        kinds = {"http-gzip": Compression.Gzip, "http-deflate": Compression.Deflate}
        compression = kinds.get(protocol, Compression.NoCompression)
        exporter = HttpExporter(endpoint=f"{service.otlp_http}/v1/traces", compression=compression)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("work") as span:
        trace_id = f"{span.get_span_context().trace_id:032x}"
    sent = time.monotonic()
    found = find_runs(http, service, {trace_id}, 1)
    assert [run["steps"] for run in found] == [1]
    assert time.monotonic() - sent < 2.0
    provider.shutdown()
