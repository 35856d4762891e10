"""Backup and restore as docs/deploy.md has them: the commands of its console block are what runs here."""

import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from runvault.service import Service
from tests.api.glass_house import MAIL, TRACE, make_trace
from tests.apptest.test_break_glass import Desk, call, make_key
from tests.collector.ingest import read_sample

pytestmark = pytest.mark.service

DOCS = Path(__file__).parents[2] / "docs" / "deploy.md"
SAMPLES = ("openinference", "langfuse", "otel-genai", "claude-code")
QUESTIONS = (
    "/v1/runs?limit=100",
    f"/v1/runs/{TRACE}/replay",
    "/v1/analytics/cost-per-outcome?group_by=workflow",
    "/v1/analytics/latency?of=step&group_by=model",
    "/v1/analytics/coverage",
)
RUNS = 6
"""One of ours, one of each sample, and claude-code's second."""
LATE = "77" * 16
"""A trace whose acknowledgement is the last thing that happens."""


def read_commands(name: str) -> str:
    """The block after `<!-- name -->` in the docs, without what is only said."""
    block = re.search(rf"<!-- {name} -->\n```sh\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    assert block, f"docs/deploy.md has lost its block {name}"
    return block[1]


def run_commands(name: str, data: Path, opener: Path, backup: Path) -> None:
    """Run a block of the docs with its three places filled in."""
    places = {"DATA": str(data), "OPENER": str(opener), "BACKUP": str(backup)}
    subprocess.run(["/bin/sh", "-eu", "-c", read_commands(name)], env={"PATH": "/usr/bin:/bin", **places}, check=True)


def post(http: httpx.Client, service: Service, key: str, body: bytes) -> None:
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    assert http.post(f"{service.otlp_http}/v1/traces", content=body, headers=headers).status_code == 200


def ask(http: httpx.Client, service: Service, key: str, question: str) -> Any:
    answer = http.get(service.api + question, headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200, (question, answer.text)
    return answer.json()


def wait_for(http: httpx.Client, service: Service, key: str, runs: int) -> None:
    for _ in range(200):
        if len(ask(http, service, key, "/v1/runs?limit=100")["items"]) >= runs:
            return
        time.sleep(0.1)
    raise AssertionError("the runs do not come")


@pytest.mark.parametrize("ending", ["stopped", "killed"])
def test_a_restored_copy_gives_the_same_answers(tmp_path: Path, http: httpx.Client, ending: str) -> None:
    desk = Desk(tmp_path)
    viewer, admin = make_key(desk.data, "viewer"), make_key(desk.data, "admin")
    service = desk.start()
    desk.send(service, http)
    for name in SAMPLES:
        post(http, service, desk.agent, read_sample(name))
    wait_for(http, service, viewer, RUNS)
    request = desk.ask_approved(service)
    before = {question: ask(http, service, viewer, question) for question in QUESTIONS}
    keys = call("keys", "list", "--json", "--data-dir", str(desk.data)).stdout
    assert MAIL not in str(before)
    if ending == "killed":  # what a snapshot of a running service's file system holds
        post(http, service, desk.agent, make_trace(trace=LATE))
        service.kill()
    else:
        assert service.stop() == 0

    backup = tmp_path / "backup"
    run_commands("backup", desk.data, desk.opener, backup)
    shutil.rmtree(desk.data)
    desk.opener.unlink()
    desk.data, desk.opener = tmp_path / "elsewhere" / "data", tmp_path / "elsewhere" / "safe" / "opener.json"
    run_commands("restore", desk.data, desk.opener, backup)

    service = desk.start()
    try:
        wait_for(http, service, viewer, RUNS + (ending == "killed"))
        if ending == "killed":
            late = ask(http, service, viewer, f"/v1/runs/{LATE}")
            assert late["steps"] == 1
        else:
            assert {question: ask(http, service, viewer, question) for question in QUESTIONS} == before
            for name in SAMPLES:  # the collector's key and the store know them
                post(http, service, desk.agent, read_sample(name))
            time.sleep(2)
            assert {question: ask(http, service, viewer, question) for question in QUESTIONS} == before
        replay = f"/v1/runs/{TRACE}/replay"
        assert ask(http, service, viewer, replay) == before[replay]
        assert call("keys", "list", "--json", "--data-dir", str(desk.data)).stdout.count('"id"') == keys.count('"id"')
        opened = desk.ask(service, desk.ada, "open", request)
        assert MAIL in opened.stdout, opened.stderr
        verified = call("audit", "verify", "--url", service.api, "--api-key", admin)
        assert verified.returncode == 0, verified.stdout + verified.stderr
    finally:
        service.stop()


def test_health_checks_tell_the_parts_apart(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    service = desk.start()
    ports = [f"--otlp-http-port={service.otlp_http.rpartition(':')[2]}", f"--api-port={service.api.rpartition(':')[2]}"]
    common = ("--data-dir", str(desk.data), *ports)
    try:
        for part in ("collect", "load", "api"):
            well = call("health", part, *common)
            assert (well.returncode, well.stdout) == (0, "well\n"), well.stderr
    finally:
        assert service.stop() == 0
    for part in ("collect", "api"):
        assert call("health", part, *common).returncode == 1
    assert call("health", "load", *common).returncode == 0  # nothing waits
    old = desk.data / "journal" / f"{time.time_ns() - 700 * 10**9}-1-1.seg"
    old.write_bytes(b"x")
    waits = call("health", "load", *common)
    assert (waits.returncode, "has waited for 70" in waits.stderr) == (1, True)
    assert call("health", "load", "--within", "900", *common).returncode == 0
