"""Runs the sample agents: three agents, their runs shared out over the exporters that the caller gives."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from runvault.agents import refund, review, support
from runvault.agents.customers import Planted
from runvault.agents.recorder import SECOND, Recorder
from schema.errors import RunvaultError

Play = Callable[[Recorder, int], tuple[str, list[Planted]]]
AGENTS: tuple[tuple[str, str, Play], ...] = (
    (refund.AGENT, refund.WORKFLOW, refund.run_refund),
    (support.AGENT, support.WORKFLOW, support.run_support),
    (review.AGENT, review.WORKFLOW, review.run_review),
)


@dataclass(frozen=True, slots=True)
class SampleRun:
    """What a run should look like in the answers, and the fake personal values that must not be found anywhere."""

    run_id: str
    agent: str
    workflow: str
    outcome: str
    spans: int
    planted: tuple[Planted, ...]


class SeededIds(IdGenerator):
    """Trace and span ids from a seeded generator, never zero: the same seed gives the same ids."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def generate_span_id(self) -> int:
        return self._rng.randrange(1, 1 << 64)

    def generate_trace_id(self) -> int:
        return self._rng.randrange(1, 1 << 128)


class _Borrowed(SpanExporter):
    """An exporter that belongs to the caller: passes spans on, remembers failures, is not shut down with a provider."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.failures = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        self.failures += result is not SpanExportResult.SUCCESS
        return result

    def shutdown(self) -> None:
        """Nothing to do: the caller shuts its exporter down."""


def run_sample_agents(
    exporters: Sequence[SpanExporter], runs_per_agent: int = 12, seed: int = 7, now_ns: int | None = None
) -> list[SampleRun]:
    """Play the runs of every agent and send them, run by run in turn through the exporters.

    All runs lie within the two hours before `now_ns` (nanoseconds since 1970; the present when left out). Everything
    but the times depends only on `seed`; send another seed to have other runs. Raises RunvaultError when an exporter
    could not deliver.
    """
    now = time.time_ns() if now_ns is None else now_ns
    rng = random.Random(seed)  # noqa: S311 (made-up stories, no secrets)
    ids = SeededIds(random.Random(seed + 1))  # noqa: S311 (apart, so that the stories do not move the ids)
    borrowed = [_Borrowed(exporter) for exporter in exporters]
    runs: list[SampleRun] = []
    for number, (agent, workflow, play) in enumerate(AGENTS):
        providers = [_open_provider(agent, ids, exporter) for exporter in borrowed]
        for index in range(runs_per_agent):
            provider = providers[(number + index) % len(providers)]
            started = now - int(rng.uniform(20 * 60, 110 * 60) * SECOND)
            run_id = f"{workflow}-" + "".join(rng.choices("bcdfghjkmnpqrstvwxz", k=10))
            recorder = Recorder(provider.get_tracer("runvault.agents"), rng, run_id, started)
            outcome, planted = play(recorder, index)
            provider.force_flush()
            runs.append(SampleRun(run_id, agent, workflow, outcome, recorder.spans, tuple(planted)))
        for provider in providers:
            provider.shutdown()
    if any(exporter.failures for exporter in borrowed):
        raise RunvaultError("the sample spans could not be delivered")
    return runs


def _open_provider(agent: str, ids: IdGenerator, exporter: SpanExporter) -> TracerProvider:
    resource = Resource.create(
        {"service.name": agent, "service.version": "2026.11.1", "deployment.environment.name": "production"}
    )
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
