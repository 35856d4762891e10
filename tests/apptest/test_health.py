"""The health that a real service writes down: what all its processes counted, to the last span."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from runvault.service import start_service
from tests.apptest.ask import HEADERS, read_sample, wait_for_spans
from tests.apptest.conftest import GOLDEN

pytestmark = pytest.mark.service


def test_samples_add_up(tmp_path: Path, http: httpx.Client) -> None:
    service = start_service(tmp_path / "data", {"RUNVAULT_HEALTH_INTERVAL_S": "0.3"})
    body, spans = read_sample(GOLDEN / "openinference.json")
    for _ in range(3):  # three times the same spans: received thrice
        assert http.post(f"{service.otlp_http}/v1/traces", content=body, headers=HEADERS).status_code == 200
    assert http.post(f"{service.otlp_http}/v1/traces", content=b"no", headers=HEADERS).status_code == 400
    wait_for_spans(http, service, len(spans))
    assert service.stop() == 0
    answer = subprocess.run(
        [sys.executable, "-m", "tests.apptest.sum_samples", str(tmp_path / "data" / "store")],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    told = json.loads(answer.stdout)
    for stage in ("received", "journalled", "loaded"):
        assert told[f"runvault_{stage}_spans_total"] == 3 * len(spans)
    assert told["runvault_requests_total http/ok/traces"] == 3
    assert sum(told[name] for name in told if name.startswith("runvault_requests_total http/")) == 4
    assert told["runvault_stage_cpu_seconds_total redact"] > 0
    assert told["runvault_store_parts"] > 0
