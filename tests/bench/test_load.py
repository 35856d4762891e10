"""The benchmark's load must be what the figures say it is."""

import subprocess
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.bench.load import BATCH, SPANS_PER_RUN, TEXT_BYTES, make_bodies
from tests.bench.machine import memory_mb, tree_of

NOW = 1_790_000_000 * 10**9


def _spans(body: bytes) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(body)
    return [span for group in request.resource_spans for scope in group.scope_spans for span in scope.spans]


def test_batches_hold_512_spans_of_ten_attributes_and_4_kb() -> None:
    bodies = list(make_bodies(BATCH + 100, now_ns=NOW))
    sizes = [len(_spans(body)) for body in bodies]
    assert sizes == [512, 100]
    for span in _spans(bodies[1]):
        assert len(span.attributes) == 10
        text = sum(len(pair.value.string_value) for pair in span.attributes if pair.key.endswith("messages"))
        assert TEXT_BYTES < text < TEXT_BYTES * 1.1


def test_a_run_is_a_tree_of_eight_and_texts_are_new() -> None:
    spans = _spans(next(make_bodies(64, now_ns=NOW)))
    assert len({span.trace_id for span in spans}) == 64 / SPANS_PER_RUN
    assert len([span for span in spans if not span.parent_span_id]) == 64 / SPANS_PER_RUN
    texts = [pair.value.string_value for span in spans for pair in span.attributes if pair.key.endswith("messages")]
    assert len(set(texts)) == len(texts)


def test_one_span_in_four_holds_personal_data() -> None:
    spans = _spans(next(make_bodies(64, now_ns=NOW)))
    assert sum(b"@example.com" in span.SerializeToString() for span in spans) == 16


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert list(make_bodies(32, 5, NOW)) == list(make_bodies(32, 5, NOW)) != list(make_bodies(32, 6, NOW))


def test_memory_is_that_of_the_whole_tree() -> None:
    sleeper = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    with subprocess.Popen([sys.executable, "-c", sleeper], stdin=subprocess.PIPE) as process:
        try:
            pids: list[int] = []
            for _ in range(200):
                pids = tree_of(process.pid)
                if len(pids) == 2:
                    break
                subprocess.run([sys.executable, "-c", "pass"], check=True)
            assert len(pids) == 2
            rss, pss = memory_mb(pids)
            assert 0 < pss <= rss
            assert rss > memory_mb(pids[:1])[0]
        finally:
            process.communicate(b"\n", timeout=20)
