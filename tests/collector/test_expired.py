"""What has expired does not come back, and what was worked out from it stands (issue 6; collector/closing.py)."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from api.models import OutcomeIn
from api.outcomes import record_outcome
from api.queries.reader import TenantReader
from api.services import Services
from collector.closing import find_closed_runs
from collector.journal import Journal, JournalSettings
from collector.load import Loader, LoaderSettings
from collector.normalise import normalise_spans
from redaction.walk import redact_spans
from schema.classes import DataClass
from schema.lifetimes import ANY, NEVER, RetentionPolicy, Rule
from schema.retention import Retention
from schema.store import Store
from tests.bench.ingest import PassThrough
from tests.collector.batches import make_context, make_spans
from tests.collector.facts import DAY, make_fact, to_table
from tests.collector.ingest import Ingest, read_sample
from tests.schema.ageing import DAYS

pytestmark = pytest.mark.engine

DAY_NS = 86_400 * 10**9
TRACE = "ab" * 16
POLICY = RetentionPolicy({(ANY, ANY): Rule(days={**DAYS, DataClass.PAYLOADS: 3, DataClass.STEPS: 5})})


def make_body(span: str, days_ago: int, parent: str = "", trace: str = TRACE, **attributes: str) -> bytes:
    """A request with one model call of 10 tokens that began so many days ago; one below another counts alone."""
    start = time.time_ns() - days_ago * DAY_NS
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": '[{"role":"user","content":"hello"}]',
        **attributes,
    }
    pairs: list[dict[str, Any]] = [{"key": key, "value": {"stringValue": value}} for key, value in said.items()]
    pairs.append({"key": "gen_ai.usage.input_tokens", "value": {"intValue": "10"}})
    raw = {
        "traceId": trace, "spanId": span * 16, "parentSpanId": parent * 16, "name": "chat", "kind": 1,
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 10**9), "attributes": pairs,
    }  # fmt: skip
    return json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": [raw]}]}]}).encode()


def expire(store: Store, policy: RetentionPolicy = POLICY) -> None:
    assert list(Retention(store, policy).expire_due())


def count(ingest: Ingest, table: str) -> int:
    return int(ingest.query(f"SELECT count() AS n FROM {table} FINAL WHERE Tenant = {{tenant:String}}")[0]["n"])


@pytest.fixture
def ingest(own_store: Store, tmp_path: Path) -> Ingest:
    """A way in that keeps everything."""
    return Ingest(own_store, "t", tmp_path / "all")


@pytest.fixture
def strict(own_store: Store, tmp_path: Path) -> Ingest:
    """A way in under `POLICY`."""
    return Ingest(own_store, "t", tmp_path / "strict", POLICY)


@pytest.fixture
def summary(own_store: Store, ingest: Ingest) -> list[dict[str, Any]]:
    """The summary of a run of two steps that have expired."""
    ingest.send("traces", make_body("a", 6))
    ingest.send("traces", make_body("b", 6, "a"))
    expire(own_store)
    assert not ingest.read_steps()
    runs = ingest.read_runs()
    assert [(run["Steps"], run["InputTokens"]) for run in runs] == [(2, 10)]
    return runs


def test_a_late_span_of_an_expired_day_is_not_stored(strict: Ingest, summary: list[dict[str, Any]]) -> None:
    strict.send("traces", make_body("c", 6, "a"))
    strict.send("traces", make_body("a", 6))  # the same one again
    assert [count(strict, table) for table in ("otel_traces", "span_payloads", "steps")] == [0, 0, 0]
    assert strict.read_runs() == summary


def test_a_span_of_today_is_kept_and_leaves_the_closed_run_as_it_is(
    strict: Ingest, summary: list[dict[str, Any]]
) -> None:
    strict.send("traces", make_body("c", 0, "a"))
    strict.send("traces", make_body("d", 0, "c"))
    assert len(strict.read_steps()) == 2
    assert strict.read_runs() == summary


def test_a_closed_run_stays_when_another_trace_names_it(own_store: Store, ingest: Ingest, strict: Ingest) -> None:
    named = {"runvault.run.id": "long"}
    ingest.send("traces", make_body("a", 6, **named))
    ingest.send("traces", make_body("b", 1, trace="cd" * 16, **named))
    expire(own_store)
    before = ingest.read_runs()
    assert [(run["RunId"], run["Steps"]) for run in before] == [("long", 2)]
    strict.send("traces", make_body("c", 0, trace="ef" * 16, **named))
    assert strict.read_runs() == before
    assert len(strict.read_steps()) == 2


def test_a_run_that_has_all_its_steps_goes_on(strict: Ingest) -> None:
    strict.send("traces", make_body("a", 4))
    strict.send("traces", make_body("b", 0, "a"))
    assert [run["Steps"] for run in strict.read_runs()] == [2]


def test_a_batch_that_is_taken_up_again_closes_nothing(own_store: Store) -> None:
    arrived = to_table([make_fact("x", TraceId="t1")])
    assert find_closed_runs(own_store, "t", {"t1": {DAY}}, arrived) == []


def test_only_the_outcome_of_a_closed_run_is_renewed(
    own_store: Store, ingest: Ingest, summary: list[dict[str, Any]]
) -> None:
    reader, services = TenantReader(own_store, "t"), Services(redact=lambda _t, text: text)

    def say(status: str, at: str | None = None) -> dict[str, Any]:
        record_outcome(reader, services, TRACE, OutcomeIn(status=status, at=at))  # type: ignore[arg-type]
        (run,) = ingest.read_runs()
        return run

    assert say("success")["OutcomeStatus"] == "success"
    assert say("failure", "2026-01-01T00:00:00Z")["OutcomeStatus"] == "success"  # an earlier word
    last = say("cancelled")
    changed = {name for name, value in last.items() if value != summary[0][name]}
    assert changed == {"OutcomeStatus", "OutcomeSource", "OutcomeAt"}
    outcomes = ingest.query("SELECT DISTINCT Day, RetentionClass FROM outcomes WHERE Tenant = {tenant:String}")
    assert outcomes == [{"Day": last["Day"], "RetentionClass": last["RetentionClass"]}]


def test_texts_past_their_lifetime_are_not_stored_while_the_step_is(strict: Ingest) -> None:
    strict.send("traces", make_body("a", 4))
    assert [count(strict, table) for table in ("otel_traces", "span_payloads", "steps")] == [1, 0, 1]


def test_a_span_sent_again_after_its_tenant_got_a_rule_stands_once(
    own_store: Store, ingest: Ingest, tmp_path: Path
) -> None:
    ingest.send("traces", make_body("a", 1))
    named = RetentionPolicy({(ANY, ANY): Rule(days=DAYS), ("t", ANY): Rule(days={DataClass.RUNS: 30})})
    later = Ingest(own_store, "t", tmp_path / "later", named)
    later.send("traces", make_body("a", 1))
    later.send("traces", make_body("b", 1, "a"))
    assert [count(later, table) for table in ("otel_traces", "span_payloads", "steps", "runs")] == [2, 2, 2, 1]
    assert {row["RetentionClass"] for row in later.read_steps()} == {"*/*", "t/*"}
    assert [(run["Steps"], run["InputTokens"]) for run in later.read_runs()] == [(2, 10)]


def test_a_run_whose_root_lies_in_another_lane_stands_once(own_store: Store, ingest: Ingest, tmp_path: Path) -> None:
    ingest.send("traces", make_body("b", 1, "a"))
    assert {run["RetentionClass"] for run in ingest.read_runs()} == {"*/*"}
    named = RetentionPolicy({(ANY, ANY): Rule(days=DAYS), ("t", ANY): Rule(days={DataClass.RUNS: 30})})
    later = Ingest(own_store, "t", tmp_path / "later", named)
    later.send("traces", make_body("a", 1))
    assert [(run["RetentionClass"], run["Steps"]) for run in later.read_runs()] == [("t/*", 2)]


def test_a_record_sent_again_after_its_tenant_got_a_rule_stands_once(
    own_store: Store, ingest: Ingest, tmp_path: Path
) -> None:
    ingest.send_sample("claude-code", "logs")
    records = count(ingest, "span_supplements")
    named = RetentionPolicy({(ANY, ANY): Rule(days=DAYS), ("t", ANY): Rule(days={})})
    later = Ingest(own_store, "t", tmp_path / "later")
    later._retention = named
    later.send_sample("claude-code", "logs")
    assert count(later, "span_supplements") == records > 0


def test_a_span_of_1970_sent_again_the_next_day_stands_once_and_goes_by_its_reception(
    own_store: Store, tmp_path: Path
) -> None:
    now_us = time.time_ns() // 1000
    loader = Loader(own_store, LoaderSettings(tmp_path))
    for days_ago in (6, 5):
        journal = Journal(JournalSettings(tmp_path), "none")
        context = make_context(now_us - days_ago * DAY_NS // 1000)
        journal.append(redact_spans(normalise_spans(make_spans(1, start_ns=7), context), PassThrough())).result(5)
        journal.close()
        loader.drain()
    rows = own_store.query("SELECT Day, RetentionClass FROM steps_current", tag="test")
    assert [row["Day"] for row in rows] == [NEVER]
    assert rows[0]["RetentionClass"] == f"*/*@{time.strftime('%Y-%m-%d', time.gmtime(now_us / 1e6 - 6 * 86_400))}"
    assert own_store.query("SELECT count() AS n FROM runs_current", tag="test") == [{"n": 1}]
    expire(own_store)
    assert own_store.query("SELECT count() AS n FROM steps", tag="test") == [{"n": 0}]
    assert own_store.query("SELECT count() AS n FROM runs_current", tag="test") == [{"n": 1}]


def move_sample(name: str, signal: str, days_ago: int) -> bytes:
    """A captured request, its times moved so that it began so many days ago."""
    body = read_sample(name, signal).decode()
    shift = time.time_ns() - days_ago * DAY_NS - min(int(stamp) for stamp in re.findall(r'"(1[67]\d{17})"', body))
    return re.sub(r'"(1[67]\d{17})"', lambda match: f'"{int(match[1]) + shift}"', body).encode()


@pytest.mark.parametrize("name", ["gemini-cli", "claude-code"])
def test_what_records_told_stands_when_they_are_gone(
    own_store: Store, ingest: Ingest, strict: Ingest, name: str
) -> None:
    traces, logs = (move_sample(name, signal, 4) for signal in ("traces", "logs"))
    ingest.send("traces", traces)
    ingest.send("logs", logs)
    before = ingest.read_steps()
    assert any(row["Overlaid"] not in ("", "{}") for row in before)
    expire(own_store)
    assert count(ingest, "span_supplements") == 0
    strict.send("traces", traces)
    assert strict.read_steps() == before
    assert count(strict, "span_payloads") == 0
    late = make_body("e", 4, trace=before[0]["TraceId"])
    strict.send("traces", late)
    assert [row for row in strict.read_steps() if row["SpanName"] != "chat" or row["InputTokens"] != 10] == before
