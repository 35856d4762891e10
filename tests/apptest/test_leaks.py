"""None of the planted personal values is written or answered anywhere (acceptance 4)."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from collector.segment import read_segment
from runvault.service import start_service
from tests.apptest.ask import list_runs
from tests.apptest.load import run_load
from tests.apptest.needles import Needles

pytestmark = pytest.mark.service

RUNS = 300
KINDS = {"email", "phone", "credit_card", "ssn", "iban", "ip", "api_key"}


def start_collector(data_dir: Path) -> tuple["subprocess.Popen[str]", str]:
    """`runvault collect` alone, and its OTLP/HTTP address."""
    with (data_dir / "collect.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "runvault", "collect", "--data-dir", str(data_dir), "--otlp-http-port", "0",
             "--otlp-grpc-port", "0"],
            stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "RUNVAULT_LOG_LEVEL": "debug"},
        )  # fmt: skip
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 60)[0]
    ready = dict(word.split("=") for word in process.stdout.readline().split()[1:])
    return process, f"http://127.0.0.1:{ready['otlp-http']}"


@pytest.mark.parametrize("dialect", ["genai", "openinference"])
def test_nothing_planted_is_left(tmp_path: Path, http: httpx.Client, dialect: str) -> None:
    process, endpoint = start_collector(tmp_path)
    truth_file = tmp_path / "truth.json"
    sent = run_load(
        "--spans", str(RUNS * 15), "--dialect", dialect, "--truth", str(truth_file), "--seed", f"leaks-{dialect}",
        "--endpoint", f"{endpoint}/v1/traces", "--concurrency", "2",
    )  # fmt: skip
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    process.stdout.close()  # type: ignore[union-attr]
    truth = json.loads(truth_file.read_text())
    values = [entry["value"] for entry in truth["values"] if entry["type"] in KINDS]
    needles = Needles(values)
    assert needles.find_any(f"x{values[0]}y") == [values[0]]
    assert {entry["type"] for entry in truth["values"]} >= KINDS
    assert sent["load"]["runs"] >= RUNS

    spans = 0
    for path in sorted((tmp_path / "journal").glob("*.seg")):
        for table in read_segment(path).batches:
            spans += table.num_rows
            assert needles.find_any("\n".join(str(column.to_pylist()) for column in table.columns)) == []
    assert spans == sent["load"]["spans"]
    truth_file.unlink()

    service = start_service(tmp_path, {"RUNVAULT_LOG_LEVEL": "debug"})
    runs = list_runs(http, service)
    while sum(run["steps"] for run in runs) < spans:
        runs = list_runs(http, service)
    answers = json.dumps(runs, ensure_ascii=False)
    for run in runs[:: max(1, len(runs) // 60)]:
        answers += http.get(f"{service.api}/v1/runs/{run['run_id']}/replay").text
    answers += http.get(f"{service.api}/metrics").text
    assert service.stop() == 0
    assert needles.find_any(answers) == []
    for log in tmp_path.glob("*.log"):
        assert needles.find_any(log.read_text()) == []

    needle_file = tmp_path / "needles.json"
    needle_file.write_text(json.dumps(values))
    found = subprocess.run(
        [sys.executable, "-m", "tests.apptest.search_store", str(tmp_path / "store"), str(needle_file)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(found.stdout) == {}
