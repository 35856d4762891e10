"""Case `flow`: the whole `runvault serve` under `otlp_load.py`, from eight senders to rows that can be asked for.

Redaction by the default policy. Two shapes: agents that resend their history with each call (17.8 kB a span, three
quarters of it repeated), and the same without history; each with one collector, as two cores have by default, and with
two.
"""

import os
import tempfile
import threading
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from runvault.service import Service, start_service
from schema.store import Store
from tests.apptest.load import run_load
from tests.bench.machine import Figure, tree_of
from tests.bench.service import cpu_seconds_of

SPANS = 10_000
SENDERS = 8
PROBES = 40
IDLE_S = 10.0
SHAPES = {"history": (), "no history": ("--history-bytes", "0", "--oi-raw", "none")}
COLLECTORS = (1, 2)


def run_flow() -> list[Figure]:
    """Both shapes with each number of collectors, each in a service of its own."""
    return [
        figure
        for name, options in SHAPES.items()
        for collectors in COLLECTORS
        for figure in _run_shape(f"flow, {name}, {collectors}", options, collectors)
    ]


def _run_shape(case: str, options: tuple[str, ...], collectors: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="runvault-bench-") as folder, httpx.Client(timeout=60) as http:
        service = start_service(Path(folder), options=("--workers", str(collectors)))
        try:
            _send(http, service, "--spans", "600", "--seed", "warm", *options)
            figures, rate = _run_full(case, http, service, options)
            figures += _run_half(case, http, service, options, rate)
            figures.append(_watch_idle(case, service))
            stored = read_metric(http, service, "runvault_loaded_spans")
        finally:
            service.stop()
        store = Store.open(str(Path(folder) / "store"))
        try:
            rows = store.query("SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active", tag="bench")
        finally:
            store.close()
        figures.append(Figure(case, "on disk", int(rows[0]["bytes"]) / stored, "bytes a span", 2500))
        return figures


def _run_full(case: str, http: httpx.Client, service: Service, options: tuple[str, ...]) -> tuple[list[Figure], float]:
    """As fast as it is answered, until every span can be asked for."""
    before, stages = cpu_seconds_of(tree_of(service.process.pid)), read_stages(http, service)
    started = time.perf_counter()
    told = _send(http, service, "--spans", str(SPANS), "--concurrency", str(SENDERS), *options)
    seconds = time.perf_counter() - started - told["load"]["build_s"]
    spent = cpu_seconds_of(tree_of(service.process.pid)) - before
    spans = told["send"]["accepted_spans"]
    thousands = spans / 1000
    figures = [
        Figure(case, "size of a span in its request", told["load"]["bytes_per_span"], "bytes"),
        Figure(case, "share of text that repeats", told["load"]["repeated_text_share"], ""),
        Figure(case, "all stages", spent / thousands, "CPU-s per 1,000 spans", 0.30),
    ]
    for stage, value in sorted(read_stages(http, service).items()):
        figures.append(
            Figure(case, f"stage {stage}", (value - stages.get(stage, 0.0)) / thousands, "CPU-s per 1,000 spans")
        )
    figures.append(Figure(case, f"{SENDERS} senders, to queryable", spans / seconds, "spans/s"))
    return figures, spans / seconds


def _run_half(case: str, http: httpx.Client, service: Service, options: tuple[str, ...], rate: float) -> list[Figure]:
    """Half of that rate, and a probe now and then: from sending a span to finding it by its run."""
    spans = int(rate / 2 * 20)
    sender = threading.Thread(
        target=_send, args=(http, service, "--spans", str(spans), "--seed", "half", "--rate", str(rate / 2),
                            "--batch-spans", "128", *options),
    )  # fmt: skip
    sender.start()
    delays = []
    try:
        for number in range(PROBES):
            time.sleep(0.3)
            delays.append(_probe(http, service, number))
    finally:
        sender.join()
    cuts = quantiles(delays, n=20)
    return [
        Figure(case, "half load: export to queryable, median", cuts[9], "s"),
        Figure(case, "half load: export to queryable, 95th percentile", cuts[18], "s", 1.0),
    ]


def _probe(http: httpx.Client, service: Service, number: int) -> float:
    trace_id = os.urandom(16).hex()
    now = time.time_ns()
    span = {
        "traceId": trace_id, "spanId": f"{number + 1:016x}", "name": "probe",
        "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 1),
    }  # fmt: skip
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    started = time.perf_counter()
    http.post(f"{service.otlp_http}/v1/traces", json=body).raise_for_status()
    while http.get(f"{service.api}/v1/runs/{trace_id}").status_code != 200:
        time.sleep(0.02)
    return time.perf_counter() - started


def _watch_idle(case: str, service: Service) -> Figure:
    time.sleep(20)  # merges of what came last, and what they leave behind
    before = cpu_seconds_of(tree_of(service.process.pid))
    time.sleep(IDLE_S)
    spent = cpu_seconds_of(tree_of(service.process.pid)) - before
    return Figure(case, "idle", 100 * spent / IDLE_S, "% of a core", 1.0)


def _send(http: httpx.Client, service: Service, *options: str) -> dict[str, Any]:
    """A load, sent and waited for until it is loaded."""
    before = read_metric(http, service, "runvault_loaded_spans")
    endpoint = ("--endpoint", f"{service.otlp_http}/v1/traces", "--retries", "50", "--base-time", "now")
    told = run_load(*endpoint, *options)
    while read_metric(http, service, "runvault_loaded_spans") < before + told["send"]["accepted_spans"]:
        time.sleep(0.05)
    return told


def read_metric(http: httpx.Client, service: Service, name: str) -> float:
    """A counter of the service, summed over its processes and labels."""
    return sum(value for _labels, value in _read_samples(http, service, name))


def read_stages(http: httpx.Client, service: Service) -> dict[str, float]:
    """Stage → CPU seconds so far, of the threads that work in it; the engine's own threads are not among them."""
    return {labels["stage"]: value for labels, value in _read_samples(http, service, "runvault_stage_cpu_seconds")}


def _read_samples(http: httpx.Client, service: Service, name: str) -> list[tuple[dict[str, str], float]]:
    text = http.get(f"{service.api}/metrics").text
    return [
        (dict(sample.labels), sample.value)
        for family in text_string_to_metric_families(text)
        if family.name == name
        for sample in family.samples
        if sample.name == f"{name}_total"
    ]
