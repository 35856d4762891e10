"""The sample agents: what they send must be what they say they sent."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runvault.agents.sample import SampleRun, run_sample_agents
from schema.errors import RunvaultError

NOW = 1_790_000_000 * 10**9
RUNS = 12
Played = tuple[list[SampleRun], list[list[ReadableSpan]]]


def _play(seed: int = 7, runs: int = RUNS) -> tuple[list[SampleRun], list[list[ReadableSpan]]]:
    exporters = [InMemorySpanExporter(), InMemorySpanExporter()]
    samples = run_sample_agents(exporters, runs, seed, NOW)
    return samples, [list(exporter.get_finished_spans()) for exporter in exporters]


@pytest.fixture(scope="module")
def played() -> Played:
    return _play()


def _times(span: ReadableSpan) -> tuple[int, int]:
    assert span.start_time is not None
    assert span.end_time is not None
    return span.start_time, span.end_time


def _attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def _by_trace(spans: list[ReadableSpan]) -> dict[int, list[ReadableSpan]]:
    traces: dict[int, list[ReadableSpan]] = defaultdict(list)
    for span in spans:
        traces[span.context.trace_id].append(span)
    return traces


def _by_run(spans: list[ReadableSpan]) -> dict[str, list[ReadableSpan]]:
    return {
        str(_attributes(span)["runvault.run.id"]): trace
        for trace in _by_trace(spans).values()
        for span in trace
        if span.parent is None
    }


def test_every_run_is_one_trace_with_one_root_and_one_outcome(played: Played) -> None:
    samples, halves = played
    spans = halves[0] + halves[1]
    runs = _by_run(spans)
    assert set(runs) == {sample.run_id for sample in samples}
    assert sum(len(trace) for trace in runs.values()) == len(spans)
    for sample in samples:
        trace = runs[sample.run_id]
        roots = [span for span in trace if span.parent is None]
        outcomes = [_attributes(span).get("runvault.outcome.status") for span in trace]
        assert len(roots) == 1
        assert len(trace) == sample.spans
        assert [status for status in outcomes if status] == [sample.outcome]
        own_ids = {span.context.span_id for span in trace}
        assert all(span.parent.span_id in own_ids for span in trace if span.parent)


def test_ids_are_unique(played: Played) -> None:
    samples, halves = played
    spans = halves[0] + halves[1]
    assert len({span.context.span_id for span in spans}) == len(spans)
    assert len({sample.run_id for sample in samples}) == len(samples) == 3 * RUNS


def test_the_runs_are_shared_out_evenly(played: Played) -> None:
    _, halves = played
    assert [len(_by_trace(half)) for half in halves] == [18, 18]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_runs() -> None:
    def tell(seed: int) -> list[str]:
        _, halves = _play(seed, 4)
        return [span.to_json() for half in halves for span in half]

    assert tell(3) == tell(3)
    assert not {sample.run_id for sample in _play(3, 4)[0]} & {sample.run_id for sample in _play(4, 4)[0]}


def test_outcomes_are_those_of_the_stories(played: Played) -> None:
    samples, _ = played
    count = Counter((sample.agent, sample.outcome) for sample in samples)
    # refund: five paid, two approved, two retried; support: six answered; review: all but the rejected one
    assert count == {
        ("refund-agent", "success"): 9,
        ("refund-agent", "failure"): 1,
        ("refund-agent", "escalated"): 1,
        ("refund-agent", "cancelled"): 1,
        ("support-agent", "success"): 6,
        ("support-agent", "deflected"): 4,
        ("support-agent", "escalated"): 2,
        ("code-review-agent", "success"): 11,
        ("code-review-agent", "failure"): 1,
    }


def test_planted_values_are_in_the_run_word_for_word(played: Played) -> None:
    samples, halves = played
    runs = _by_run(halves[0] + halves[1])
    for sample in samples:
        text = " ".join(span.to_json() for span in runs[sample.run_id])
        assert sample.planted
        assert [value.kind for value in sample.planted if value.value not in text] == []


def test_nothing_personal_is_left_out_of_the_list(played: Played) -> None:
    samples, halves = played
    planted = {value.value for sample in samples for value in sample.planted}
    text = " ".join(span.to_json() for half in halves for span in half)
    found = set(re.findall(r"[a-z.]+@example\.com|\(\d{3}\) 555-01\d\d|sk-test-[0-9a-f]{24}", text))
    assert found <= planted


def test_times_lie_in_the_last_two_hours_and_latencies_are_believable(played: Played) -> None:
    _, halves = played
    for span in halves[0] + halves[1]:
        start, end = _times(span)
        assert NOW - 2 * 3600 * 10**9 < start <= end < NOW
        seconds = (end - start) / 1e9
        operation = _attributes(span).get("gen_ai.operation.name")
        if operation == "chat":
            assert 0.4 <= seconds <= 6
        if operation == "execute_tool":
            assert 0.02 <= seconds <= 0.9


def test_children_lie_within_their_parents(played: Played) -> None:
    _, halves = played
    spans = {span.context.span_id: span for half in halves for span in half}
    for span in spans.values():
        if span.parent:
            (start, end), (first, last) = _times(span), _times(spans[span.parent.span_id])
            assert first <= start <= end <= last


def test_a_retry_names_the_failed_call_before_it(played: Played) -> None:
    _, halves = played
    spans = {f"{span.context.span_id:016x}": span for half in halves for span in half}
    retries = [span for span in spans.values() if "runvault.retry.of" in _attributes(span)]
    assert len(retries) == 3  # two that worked, one that failed again
    for span in retries:
        first = spans[str(_attributes(span)["runvault.retry.of"])]
        assert first.status.status_code.name == "ERROR"
        assert _attributes(first)["gen_ai.tool.call.arguments"] == _attributes(span)["gen_ai.tool.call.arguments"]
        assert _times(first)[1] <= _times(span)[0]


def test_messages_are_json_and_call_ids_pair_up(played: Played) -> None:
    _, halves = played
    for trace in _by_trace(halves[0] + halves[1]).values():
        asked, done = set(), set()
        for span in trace:
            attributes = _attributes(span)
            for message in json.loads(str(attributes.get("gen_ai.output.messages", "[]"))):
                asked |= {part["id"] for part in message["parts"] if part["type"] == "tool_call"}
            done |= {attributes["gen_ai.tool.call.id"]} if "gen_ai.tool.call.id" in attributes else set()
        assert asked <= done


class _Refusing(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.FAILURE


def test_a_failed_delivery_is_said() -> None:
    with pytest.raises(RunvaultError, match="could not be delivered"):
        run_sample_agents([_Refusing()], 1)
