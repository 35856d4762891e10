"""The main job, shown: real exporters send sample runs into a real service; then it is asked what it knows."""

import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from rich.console import Console
from rich.table import Table

from runvault.agents.sample import SampleRun, run_sample_agents
from runvault.client import ApiClient, Json, run_path
from runvault.render import make_console, render_cost, render_latency, render_runs
from runvault.render_replay import print_replay
from runvault.service import Service, start_service
from schema.errors import RunvaultError

CAPTURES = Path(__file__).parent.parent / "tests" / "golden" / "otlp"
REVIEW_USD_PER_HOUR = "45"
PATIENCE_S = 20.0


def show_demo(runs_per_agent: int, keep: bool) -> None:
    """Serve from a temporary folder, send, ask, print; the folder goes unless `keep`. Raises RunvaultError."""
    console = make_console()
    folder = Path(tempfile.mkdtemp(prefix="runvault-demo-"))
    try:
        with console.status("starting runvault serve on free ports"):
            service = start_service(folder, {"RUNVAULT_COSTS_REVIEW_USD_PER_HOUR": REVIEW_USD_PER_HOUR})
        try:
            _send_and_ask(console, service, runs_per_agent)
        finally:
            with console.status("stopping: collectors drain, the journal is emptied"):
                status = service.stop()
        if status:
            raise RunvaultError(f"the service stopped with status {status}")
    finally:
        if keep:
            console.print(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _send_and_ask(console: Console, service: Service, runs_per_agent: int) -> None:
    client = ApiClient(service.api)
    with console.status("sending: sample agents through the OTLP exporters, captures of real ones as they were"):
        exporters = [
            GrpcExporter(endpoint=service.otlp_grpc, insecure=True),
            HttpExporter(endpoint=f"{service.otlp_http}/v1/traces"),
        ]
        samples = run_sample_agents(exporters, runs_per_agent)
        for exporter in exporters:
            exporter.shutdown()
        captures = _send_captures(service)
        spans = sum(sample.spans for sample in samples) + captures[1]
        delay = _wait_until_queryable(client, samples)
    console.print(
        f"{len(samples)} runs of three sample agents over OTLP/gRPC and OTLP/HTTP, {captures[0]} captures of real"
        f" instrumentation libraries: {spans} spans, all queryable {delay:.1f} s after the last was acknowledged\n"
    )
    replays = {sample.run_id: client.get_json(run_path(sample.run_id, "/replay")) for sample in samples}
    console.rule("Replay of one run", align="left")
    print_replay(console, replays[_choose_run(samples, replays)])
    console.rule("Runs", align="left")
    console.print(render_runs(client.get_json("/v1/runs", {"limit": 8, "environment": "production"}), console.width))
    console.rule("Cost per outcome", align="left")
    cost = client.get_json("/v1/analytics/cost-per-outcome", {"group_by": "workflow,version", **_sampled(samples)})
    console.print(render_cost(cost, ["workflow", "version"], console.width))
    console.rule("Latency", align="left")
    latency = client.get_json(
        "/v1/analytics/latency", {"of": "run", "group_by": "workflow,version", **_sampled(samples)}
    )
    console.print(render_latency(latency, ["workflow", "version"], console.width))
    steps = client.get_json("/v1/analytics/latency", {"of": "step", "group_by": "step_type", **_sampled(samples)})
    console.print(render_latency(steps, ["step_type"], console.width))
    console.rule("Redaction", align="left")
    _print_redaction(console, samples, replays)


def _sampled(samples: Sequence[SampleRun]) -> dict[str, list[str]]:
    return {"agent": sorted({sample.agent for sample in samples})}


def _send_captures(service: Service) -> tuple[int, int]:
    """Post the captured OTLP/JSON files; how many files and spans. None where the tests are not installed."""
    files = [
        path for path in sorted(CAPTURES.glob("*.json")) if not path.name.endswith((".logs.json", "expected.json"))
    ]
    spans = 0
    with httpx.Client(trust_env=False) as sender:
        for path in files:
            body = path.read_bytes()
            answer = sender.post(
                f"{service.otlp_http}/v1/traces", content=body, headers={"content-type": "application/json"}
            )
            if answer.status_code != 200:
                raise RunvaultError(f"{path.name} was answered with status {answer.status_code}")
            spans += _count_spans(json.loads(body))
    return len(files), spans


def _count_spans(request: Json) -> int:
    return sum(len(scope["spans"]) for resource in request["resourceSpans"] for scope in resource["scopeSpans"])


def _wait_until_queryable(client: ApiClient, samples: Sequence[SampleRun]) -> float:
    """Seconds until every sample run has all its spans in the answers."""
    started = time.monotonic()
    missing = {sample.run_id: sample.spans for sample in samples}
    while missing:
        page = client.get_json("/v1/runs", {"limit": 500})
        for run in page["items"]:
            if missing.get(run["run_id"]) == run["steps"]:
                del missing[run["run_id"]]
        if missing and time.monotonic() - started > PATIENCE_S:
            raise RunvaultError(f"{len(missing)} runs are not queryable after {PATIENCE_S:.0f} s")
        time.sleep(0.05 if missing else 0)
    return time.monotonic() - started


def _choose_run(samples: Sequence[SampleRun], replays: dict[str, Json]) -> str:
    """The most telling run: one that ended badly, with a retry and a failed step; else the longest."""

    def tell(sample: SampleRun) -> tuple[bool, bool, bool, int]:
        run = replays[sample.run_id]["run"]
        return run["errors"] > 0, sample.outcome == "failure", run["retries"] > 0, sample.spans

    return max(samples, key=tell).run_id


def _print_redaction(console: Console, samples: Sequence[SampleRun], replays: dict[str, Json]) -> None:
    """What was found, and the proof: no planted value is in any answer. Raises RunvaultError when one is."""
    findings: Counter[str] = Counter()
    for replay in replays.values():
        findings.update(replay["run"]["redaction"]["findings"])
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("entity")
    table.add_column("findings", justify="right")
    for entity, count in findings.most_common():
        table.add_row(entity, str(count))
    console.print(table)
    answers = json.dumps(list(replays.values()), ensure_ascii=False)
    planted = {value.value for sample in samples for value in sample.planted}
    left = sum(text in answers for text in planted)
    failed = sum(replay["run"]["redaction"]["failed_closed"] for replay in replays.values())
    if left:
        raise RunvaultError(f"{left} planted personal values are left in the answers")
    console.print(f"{len(planted)} personal values planted, none left in the answers; {failed} failed closed")
