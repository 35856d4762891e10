"""Journal and loader under random crashes, resends and reorderings, on the real engine, against a simple model:
the set of acknowledged spans."""

import itertools
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.journal import Journal, JournalSettings
from collector.load import Loader, LoaderSettings
from collector.normalise import normalise_spans
from collector.recovery import OPEN, list_segments
from collector.segment import encode_header, encode_record
from collector.spans import Resource, Scope, Span
from redaction.walk import redact_spans
from schema.batch import RedactedBatch
from schema.errors import StoreError
from schema.store import Store
from tests.bench.ingest import PassThrough
from tests.collector.batches import make_context
from tests.collector.faults import Crash, Faults, FaultyStore, die, fail_outside, leave_torn_segment, patch_files

pytestmark = pytest.mark.engine

_numbers = itertools.count(1)
Key = tuple[str, int]
"""Trace id, and the span's number in it: number 0 is the root, the others are model calls of `number` tokens."""


def make_span(key: Key) -> Span:
    """The same key always gives the same span."""
    trace_id, number = key
    start = 1_795_000_000_000_000_000 + number
    attributes: dict[str, Any] = (
        {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": number} if number else {}
    )
    parent = f"{1:016x}" if number else ""
    return Span(trace_id, f"{number + 1:016x}", parent, "", "s", 1, start, start + 10, attributes, 0, "",
                Resource({"service.name": "svc"}), Scope("test", "1", {}))  # fmt: skip


def make_batch(keys: list[Key]) -> RedactedBatch:
    """A batch of these spans."""
    return redact_spans(normalise_spans([make_span(key) for key in keys], make_context()), PassThrough())


class Machine:
    """One journal directory, its loader, and what was acknowledged."""

    def __init__(self, store: Store, directory: Path, chance: random.Random, patch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.chance = chance
        self.acknowledged: list[Key] = []
        self.faults = Faults()
        self.store = FaultyStore(store, self.faults)
        patch_files(patch, self.faults)
        self.loader = self.start_loader()

    def start_loader(self) -> Loader:
        """As a new process would."""
        return Loader(self.store, LoaderSettings(self.directory, batch_segments=3, insert_bytes=20_000))

    def append(self, keys: list[Key]) -> None:
        """A collector takes a batch, acknowledges it and stops."""
        journal = Journal(JournalSettings(self.directory), "p")
        journal.append(make_batch(keys)).result(30)
        journal.close()
        self.acknowledged += keys

    def append_and_die(self, whole: list[Key], torn: list[Key]) -> None:
        """A collector acknowledges a batch and is killed while it writes another, which nobody was told was kept."""
        data = encode_header(time.time_ns(), "p") + encode_record(make_batch(whole)) + encode_record(make_batch(torn))
        cut = self.chance.randrange(1, len(encode_record(make_batch(torn))) + 1)
        leave_torn_segment(self.directory, f"{time.time_ns():020d}-{next(_numbers)}-1", data, cut)
        self.acknowledged += whole

    def load(self, make_error: Callable[[str], BaseException], after: int) -> bool:
        """Load one batch, with a fault on the way; after a crash there is a new loader. Whether the fault happened."""
        self.faults.arm(make_error, after)
        try:
            self.loader.load_once()
        except (StoreError, OSError):
            pass
        except Crash:
            self.loader.close()
            self.loader = self.start_loader()
        return not self.faults.disarm()


def read_numbers(store: Store, trace_ids: list[str]) -> dict[str, tuple[int, int, int, int]]:
    """By trace: spans, payloads, steps and input tokens of its run."""
    rows = store.query(
        "SELECT TraceId, count() AS spans FROM otel_traces FINAL WHERE TraceId IN {ids:Array(String)} GROUP BY TraceId",
        {"ids": trace_ids},
        tag="test",
    )
    payloads = store.query(
        "SELECT TraceId, count() AS n FROM span_payloads FINAL WHERE TraceId IN {ids:Array(String)} GROUP BY TraceId",
        {"ids": trace_ids},
        tag="test",
    )
    runs = store.query(
        "SELECT RunId, Steps, InputTokens FROM runs_current WHERE RunId IN {ids:Array(String)}",
        {"ids": trace_ids},
        tag="test",
    )
    by_trace = {row["TraceId"]: row["n"] for row in payloads}
    by_run: dict[str, list[tuple[int, int]]] = {}
    for row in runs:
        by_run.setdefault(row["RunId"], []).append((row["Steps"], row["InputTokens"]))
    return {
        row["TraceId"]: (row["spans"], by_trace[row["TraceId"]], *by_run[row["TraceId"]][0])
        for row in rows
        if len(by_run[row["TraceId"]]) == 1
    }


def expect_numbers(acknowledged: set[Key]) -> dict[str, tuple[int, int, int, int]]:
    """The same from the model."""
    traces: dict[str, set[int]] = {}
    for trace_id, number in acknowledged:
        traces.setdefault(trace_id, set()).add(number)
    return {trace: (len(spans), len(spans), len(spans), sum(spans)) for trace, spans in traces.items()}


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_crashes_resends_and_reorderings_change_no_number(
    store: Store, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    chance = random.Random(data.draw(st.integers(0, 10**9)))
    trace_ids = [f"ab{next(_numbers):030x}" for _ in range(3)]
    keys = [(trace_id, number) for trace_id in trace_ids for number in range(5)]
    with pytest.MonkeyPatch.context() as patch:
        machine = Machine(store, tmp_path_factory.mktemp("journal"), chance, patch)
        for _ in range(data.draw(st.integers(3, 8))):
            some = chance.sample(keys, chance.randint(1, 6))
            step = chance.random()
            if step < 0.35:
                machine.append(some)
            elif step < 0.55:
                machine.append_and_die(some, chance.sample(keys, 2))
            else:
                machine.load(die if chance.random() < 0.6 else fail_outside, chance.randrange(24))
        machine.loader.drain()
        machine.loader.close()
    assert list_segments(machine.directory) == []
    assert not list(machine.directory.glob(f"*{OPEN}"))
    assert read_numbers(store, trace_ids) == expect_numbers(set(machine.acknowledged))
    raw = store.query(
        "SELECT count() AS n FROM otel_traces WHERE TraceId IN {ids:Array(String)}", {"ids": trace_ids}, tag="test"
    )
    assert raw[0]["n"] <= len(machine.acknowledged), "a batch tried again is the same insert"


def test_every_point_of_a_load_is_crashed_at(store: Store, tmp_path: Path) -> None:
    """One crash at each point in turn, until a load passes them all; and again with an error instead."""
    for make_error in (die, fail_outside):
        for after in itertools.count():
            trace_id = f"ab{next(_numbers):030x}"
            keys = [(trace_id, number) for number in range(4)]
            directory = tmp_path / f"{make_error.__name__}-{after}"
            with pytest.MonkeyPatch.context() as patch:
                machine = Machine(store, directory, random.Random(after), patch)
                machine.append(keys[:3])
                machine.append(keys[2:])
                machine.faults.passed.clear()
                happened = machine.load(make_error, after)
                machine.loader.drain()
                machine.loader.close()
            assert read_numbers(store, [trace_id]) == expect_numbers(set(keys)), machine.faults.passed
            raw = store.query(
                "SELECT count() AS n FROM otel_traces WHERE TraceId = {id:String}", {"id": trace_id}, tag="test"
            )
            assert raw[0]["n"] <= 5, machine.faults.passed
            if not happened:
                break
        assert after >= 14, "the walk did not reach the points it is about"
