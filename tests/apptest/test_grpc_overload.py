"""Many large messages at once over gRPC: they are let in one after the other, and memory stays bounded."""

import os
import threading
import time
from collections import Counter
from pathlib import Path

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from runvault.service import Service, start_service
from tests.apptest.killing import EXPORT
from tests.apptest.overload import RSS_BOUND, call, read_rss
from tests.apptest.test_bad_input import list_children

pytestmark = pytest.mark.service
CALLS = 40
SIZE = 12 << 20


def make_large() -> bytes:
    """One span with an attribute of twelve million bytes."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = os.urandom(16), os.urandom(8), "large"
    span.start_time_unix_nano = span.end_time_unix_nano = time.time_ns()
    span.attributes.add(key="blob").value.bytes_value = os.urandom(SIZE)
    return request.SerializeToString()


def flood(service: Service, body: bytes) -> Counter[str]:
    """The same message from many connections at once; what they were told."""
    answers: Counter[str] = Counter()

    def send() -> None:
        options = [("grpc.max_send_message_length", 2 * SIZE)]
        with grpc.insecure_channel(service.otlp_grpc.removeprefix("http://"), options) as channel:
            answers[call(channel.unary_unary(EXPORT), body)] += 1

    threads = [threading.Thread(target=send) for _ in range(CALLS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_large_messages_at_once_stay_within_memory(tmp_path: Path) -> None:
    """Read before they were counted, 480 MB of messages made 610 MB of memory; now they make some 250."""
    environment = {"RUNVAULT_LIMITS_MAX_IN_FLIGHT_BYTES": str(64 << 20)}
    service = start_service(tmp_path, environment, ("--workers", "1"))
    (collector,) = list_children(service.process.pid)
    try:
        body = make_large()
        answers = flood(service, body)
        assert set(answers) == {"ok", "gRPC RESOURCE_EXHAUSTED hint"}
        assert answers.total() == CALLS
        assert read_rss(collector) < RSS_BOUND, read_rss(collector) >> 20
        with grpc.insecure_channel(
            service.otlp_grpc.removeprefix("http://"), [("grpc.max_send_message_length", 2 * SIZE)]
        ) as channel:
            assert call(channel.unary_unary(EXPORT), body) == "ok"  # afterwards there is room again
    finally:
        assert service.stop() == 0


def test_a_call_without_a_message_is_refused(tmp_path: Path) -> None:
    service = start_service(tmp_path)
    try:
        with grpc.insecure_channel(service.otlp_grpc.removeprefix("http://")) as channel:
            export = channel.stream_unary(EXPORT, lambda body: body, lambda answer: answer)
            with pytest.raises(grpc.RpcError) as refused:
                export(iter([]), timeout=20)
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    finally:
        assert service.stop() == 0
