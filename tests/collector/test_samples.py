"""Samples of health: counters by how much they moved, gauges as they are; nothing twice, nothing lost."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector import metrics
from collector.metrics import read_metrics
from collector.samples import OWNER, HealthSampler
from schema.errors import StoreError
from schema.store import Store
from tests.api.rows import insert_rows

pytestmark = pytest.mark.engine


def read_values(store: Store, name: str) -> list[tuple[str, float]]:
    """Label and value of a metric's rows, in the order in which they were written."""
    sql = "SELECT Label, Value FROM health_samples WHERE Name = {name:String} ORDER BY At, Label"
    return [(row["Label"], row["Value"]) for row in store.query(sql, {"name": name}, tag="test")]


def test_readings_are_those_of_the_metrics_page() -> None:
    metrics.requests.labels("traces", "http", "ok").inc(3)
    told = {(one.name, one.label): one for one in read_metrics()}
    counted = told["runvault_requests_total", "http/ok/traces"]  # by the labels' names: protocol, result, signal
    page = metrics.render_metrics()
    assert f'protocol="http",result="ok",signal="traces"}} {counted.value}' in page
    assert counted.is_counter
    assert not told["runvault_journal_bytes", ""].is_counter
    assert ("runvault_queryable_delay_seconds_bucket", "5.0") in told
    assert not any(name.endswith("_created") for name, _ in told)


def test_counters_tell_what_moved(own_store: Store, tmp_path: Path) -> None:
    sampler = HealthSampler(own_store, tmp_path, "here")
    sampler.take()
    metrics.refused_spans.labels("quota").inc(5)
    sampler.take()
    sampler.take()
    metrics.refused_spans.labels("quota").inc(2)
    metrics.refused_spans.labels("size").inc()
    sampler.take()
    # the first sample holds what this process had counted before, which other tests may have
    assert read_values(own_store, "runvault_refused_spans_total")[-3:] == [
        ("quota", 5.0), ("quota", 2.0), ("size", 1.0),
    ]  # fmt: skip


def test_gauges_tell_what_they_show(own_store: Store, tmp_path: Path) -> None:
    sampler = HealthSampler(own_store, tmp_path, "here")
    sampler.take()
    (tmp_path / "1700000000000000000-1.seg").write_bytes(b"x" * 10)
    sampler.take()
    assert read_values(own_store, "runvault_journal_bytes") == [("", 0.0), ("", 10.0)]
    assert read_values(own_store, "runvault_journal_segments") == [("", 0.0), ("", 1.0)]
    (parts, _) = read_values(own_store, "runvault_store_parts")
    assert parts[1] > 0
    sql = "SELECT DISTINCT Tenant, Environment, Instance, Day = toDate(At, 'UTC') AS same FROM health_samples"
    assert own_store.query(sql, tag="test") == [
        {"Tenant": OWNER, "Environment": "", "Instance": "here", "same": 1}
    ]  # fmt: skip


def test_what_could_not_be_written_is_in_the_next_sample(
    own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = HealthSampler(own_store, tmp_path, "here")
    sampler.take()
    metrics.dead_spans.inc(4)

    def refuse(*_arguments: Any) -> None:
        raise StoreError("away")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "insert", refuse)
        with pytest.raises(StoreError):
            sampler.take()
    metrics.dead_spans.inc(1)
    sampler.take()
    assert read_values(own_store, "runvault_dead_spans_total")[-1] == ("", 5.0)


@pytest.mark.one_machine
def test_samples_go_by_themselves(own_store: Store) -> None:
    now = datetime.now(UTC)
    rows = []
    for days in (0, 29, 45):  # a part goes when all of it is over 30 days old
        at = now - timedelta(days=days)
        micros = int(at.timestamp() * 1e3)
        rows.append({"Tenant": OWNER, "Day": at.date(), "At": micros, "Name": f"{days} days", "Value": 1.0})
    for row in rows:
        insert_rows(own_store, "health_samples", [row])
    own_store.command("OPTIMIZE TABLE health_samples FINAL", tag="test")
    kept = own_store.query("SELECT Name FROM health_samples ORDER BY At", tag="test")
    assert [row["Name"] for row in kept] == ["29 days", "0 days"]
