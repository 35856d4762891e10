"""Cases `ingest` and `redacted`: OTLP bodies through the stages of `collector/pipeline.py`, journal and loader beside.

The loader runs in a thread while spans come in, as it does in the service, so that it inserts and assembles in the
small portions that it meets there. CPU time is that of all threads, the embedded engine's included.
"""

import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from collector.decode import PROTOBUF
from collector.journal import Journal, JournalSettings
from collector.load import Loader, LoaderSettings
from collector.pipeline import Pipeline, PipelineSettings
from redaction.findings import NO_FINDINGS, Parts, Redaction
from redaction.originals import OriginalsSealer
from redaction.policy_file import default_policy
from redaction.redactor import Redactor, TextRedactor
from schema.batch import RedactedBatch
from schema.migrate import apply_migrations
from schema.store import Store
from tests.bench.load import BATCH, make_bodies
from tests.bench.machine import Figure, cpu_seconds

SPANS = 20 * BATCH
TENANT = "default"
STAGES = ("decode", "normalise", "redact")
KEY = bytes(range(32))


class _Everything:
    """A container that holds every text."""

    def __contains__(self, text: object) -> bool:
        return True


class PassThrough:
    """A redactor that redacts nothing: to measure what the rest costs. It exists here only."""

    policy_version = "none"
    known_clean = _Everything()

    def at(self, tenant: str, environment: str, field: str) -> "PassThrough":
        return self

    def redact(self, text: str) -> Redaction:
        return Redaction(text, NO_FINDINGS, 0)

    def redact_value(self, key: str, text: str) -> Redaction:
        return Redaction(text, NO_FINDINGS, 0)

    def redact_parts(self, key: str, texts: list[str]) -> Parts:
        return Parts(texts, NO_FINDINGS, 0)

    def key_matters(self, key: str) -> bool:
        return False


def run_ingest() -> list[Figure]:
    """Decode, normalise, journal and load, with redaction off."""
    return measure_case("ingest", PassThrough(), 0.10)


def run_redacted() -> list[Figure]:
    """The same with the default policy, cold cache, every text new."""
    with tempfile.TemporaryDirectory(prefix="runvault-bench-") as cache:
        redactor = Redactor(default_policy(), KEY, Path(cache))
        redactor.redact("compile everything first", TENANT)
        return measure_case("redacted", redactor, None)


def measure_case(
    case: str, redactor: TextRedactor, goal: float | None, sealer: OriginalsSealer | None = None, seed: int = 1,
    every: int = 4,
) -> list[Figure]:  # fmt: skip
    """All stages over bodies made from `seed`: the first figure is the CPU of them all."""
    bodies = list(make_bodies(SPANS, seed, time.time_ns(), every))
    with tempfile.TemporaryDirectory(prefix="runvault-bench-") as folder:
        store = Store.open(str(Path(folder) / "store"))
        try:
            apply_migrations(store)
            return _send_all(case, redactor, bodies, store, Path(folder) / "journal", goal, sealer)
        finally:
            store.close()


def _send_all(
    case: str, redactor: TextRedactor, bodies: Sequence[bytes], store: Store, directory: Path, goal: float | None,
    sealer: OriginalsSealer | None,
) -> list[Figure]:  # fmt: skip
    journal = Journal(JournalSettings(directory), "bench")
    pipeline = Pipeline(redactor, journal, lambda tenant, text: "", PipelineSettings(), sealer)
    loader = Loader(store, LoaderSettings(directory))
    thread = threading.Thread(target=loader.run, daemon=True)
    # one request first, not counted: imports at first use and the engine's first insert belong to the start
    journal.append(
        _run_stages(pipeline, next(make_bodies(BATCH, 2, time.time_ns())), dict.fromkeys(STAGES, 0.0))
    ).result()
    time.sleep(0.3)  # until the journal finishes that segment
    loader.drain()
    stages = dict.fromkeys(STAGES, 0.0)
    started, began = cpu_seconds(), time.perf_counter()
    thread.start()
    try:
        for body in bodies:
            journal.append(_run_stages(pipeline, body, stages)).result()
    finally:
        journal.close()
        loader.stop()
        thread.join()
    loader.drain()
    total, wall = cpu_seconds() - started, time.perf_counter() - began
    stored = store.query("SELECT count() AS spans, uniqExact(RunId) AS runs FROM steps_current", tag="bench")[0]
    assert stored["spans"] == SPANS + BATCH, stored
    return _figures(case, total, wall, stages, goal)


def _run_stages(pipeline: Pipeline, body: bytes, stages: dict[str, float]) -> RedactedBatch:
    """One body through the CPU stages; adds the seconds of each to `stages`."""
    marks = [time.thread_time()]
    decoded = pipeline.decode(body, PROTOBUF)
    marks.append(time.thread_time())
    batch = pipeline.normalise(decoded, TENANT)
    marks.append(time.thread_time())
    redacted = pipeline.redact(batch)
    marks.append(time.thread_time())
    for stage, before, after in zip(stages, marks, marks[1:], strict=False):
        stages[stage] += after - before
    return redacted


def _figures(case: str, total: float, wall: float, stages: dict[str, float], goal: float | None) -> list[Figure]:
    thousands = SPANS / 1000
    rest = total - sum(stages.values())
    return [
        Figure(case, "all stages", total / thousands, "CPU-s per 1,000 spans", goal),
        *(Figure(case, name, spent / thousands, "CPU-s per 1,000 spans") for name, spent in stages.items()),
        Figure(case, "journal and load", rest / thousands, "CPU-s per 1,000 spans"),
        Figure(case, "throughput, one sender", SPANS / wall, "spans/s"),
    ]
