"""ClickHouse as a server that fails in every way: collecting goes on, and when it is back everything arrives once.

The server is a stand-in (tests/standin/clickhouse.py, which says what it does not prove).
"""

import contextlib
import signal
import time
from pathlib import Path

import httpx
import pytest

from collector.memory import Memory
from schema.migrate import apply_migrations
from schema.store import Store
from tests.apptest.ledger import list_spans, read_dump
from tests.apptest.load import run_load
from tests.apptest.parts import Part, pick_port, wait_until_alive
from tests.collector.facts import assemble, make_fact

pytestmark = pytest.mark.service

FAULTS = ("error", "broken", "lost", "half", "hang")
PROTOBUF = {"content-type": "application/x-protobuf"}


def send_all(port: str, bodies: list[bytes]) -> None:
    """Every request is acknowledged, whatever the store does."""
    with httpx.Client(trust_env=False, timeout=20) as http:
        for body in bodies:
            answer = http.post(f"http://127.0.0.1:{port}/v1/traces", content=body, headers=PROTOBUF)
            assert answer.status_code == 200, answer.text


def wait_for_steps(api: str, spans: int) -> list[tuple[str, int]]:
    """Runs and their steps, once there are so many."""
    deadline = time.monotonic() + 60
    while True:
        with httpx.Client(trust_env=False, timeout=30) as http:
            answer = http.get(f"{api}/v1/runs", params={"limit": 500})
        runs = [(run["run_id"], run["steps"]) for run in answer.json()["items"]] if answer.status_code == 200 else []
        if sum(steps for _run, steps in runs) >= spans or time.monotonic() > deadline:
            return runs
        time.sleep(0.2)


def wait_until_empty(journal: Path) -> list[str]:
    """The segments that are left: a batch can be asked for before the loader has looked at it again and lets it go."""
    deadline = time.monotonic() + 60
    while True:
        left = [path.name for path in journal.iterdir() if path.suffix in (".seg", ".open")]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.2)  # the loader is another process; its journal is all that tells


def test_whatever_the_store_does_everything_arrives_once(tmp_path: Path) -> None:
    dump, fault_file, data = tmp_path / "load.bin", tmp_path / "fault", tmp_path / "data"
    run_load("--spans", "600", "--batch-spans", "20", "--dialect", "genai", "--text-bytes", "200", "--history-bytes",
             "400", "--seed", "outage", "--dump", str(dump))  # fmt: skip
    bodies = list(read_dump(dump))
    parts = [bodies[number :: len(FAULTS) + 1] for number in range(len(FAULTS) + 1)]
    port, api_port = pick_port(), pick_port()
    config = tmp_path / "runvault.toml"
    config.write_text(f'[store]\nurl = "http://default:@127.0.0.1:{port}/default?timeout_s=2"\n')
    common = ("--config", str(config), "--data-dir", str(data))
    fault_file.write_text("ok")
    standin = Part("tests.standin.clickhouse", str(tmp_path / "store"), str(port), str(fault_file),
                   log_file=tmp_path / "standin.log")  # fmt: skip
    log = tmp_path / "runvault.log"
    collector = Part("runvault", "collect", *common, "--otlp-http-port", "0", "--otlp-grpc-port", "0", log_file=log)
    loader = Part("runvault", "load", *common, log_file=log)
    api = Part("runvault", "api", *common, "--api-port", str(api_port), log_file=log)
    with contextlib.ExitStack() as ending:
        ending.callback(standin.end, signal.SIGKILL)
        for part in (collector, loader, api):
            ending.callback(part.end)
        otlp = collector.start().read_line().split("otlp-http=")[1].split()[0]
        loader.start()  # the store is not there yet: it waits
        send_all(otlp, parts[-1])
        assert standin.start().read_line() == "ready"
        for fault, some in zip(FAULTS, parts, strict=False):
            fault_file.write_text(fault)
            send_all(otlp, some)
            time.sleep(2.5 if fault == "hang" else 0.7)
        standin.end(signal.SIGKILL)  # connection refused
        send_all(otlp, parts[0])  # sent again, all the while
        fault_file.write_text("ok")
        assert standin.start().read_line() == "ready"
        api.start()
        wait_until_alive(f"http://127.0.0.1:{api_port}/healthz")
        everything = {key for body in bodies for key in list_spans(body)}
        runs = wait_for_steps(f"http://127.0.0.1:{api_port}", len(everything))
        expected: dict[str, int] = {}
        for trace_id, _span_id in everything:
            expected[trace_id] = expected.get(trace_id, 0) + 1
        assert dict(runs) == expected
        assert len(runs) == len(expected)
        assert wait_until_empty(data / "journal") == []
        assert list((data / "journal" / "dead").iterdir()) == []
        assert loader.end() == 0


def test_thousands_of_ids_travel_to_a_server(tmp_path: Path) -> None:
    port = pick_port()
    (tmp_path / "fault").write_text("ok")
    standin = Part("tests.standin.clickhouse", str(tmp_path / "store"), str(port), str(tmp_path / "fault"),
                   log_file=tmp_path / "log")  # fmt: skip
    assert standin.start().read_line() == "ready"
    store = Store.open(f"http://default:@127.0.0.1:{port}/default")
    try:
        apply_migrations(store)
        from_many_traces(store, 5000)
        rows = store.query("SELECT count() AS n, sum(Steps) AS steps FROM runs FINAL", tag="test")
        assert rows == [{"n": 5000, "steps": 10_000}]
    finally:
        store.close()
        standin.end(signal.SIGKILL)


def from_many_traces(store: Store, traces: int) -> None:
    """Two batches of a span in each of many traces; the second one makes the runs known under another id."""
    from_batch = [f"{number:032x}" for number in range(traces)]
    load_facts(store, [("b", "a", trace_id, "") for trace_id in from_batch])
    load_facts(store, [("a", "", trace_id, f"run-{trace_id}") for trace_id in from_batch])


def load_facts(store: Store, spans: list[tuple[str, str, str, str]]) -> None:
    """A batch of these spans: id, parent, trace, run id that it names."""
    facts = [make_fact(span, parent, TraceId=trace, OwnRunId=run) for span, parent, trace, run in spans]
    assemble(store, Memory(store), facts, f"{spans[0]}")
