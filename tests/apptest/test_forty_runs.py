"""Acceptance 5 of issue 5: forty runs, and the table that follows from them by hand.

Runs and their costs are in tests/apptest/forty.py. Per version:

refunds v1, 12 runs: A 4 * 0.15 + B 3 * 0.30 + C 2 * 0.05 + D 2 * 0.05 + E 0.05 = 0.60 + 0.90 + 0.25 = 1.75
    success: A 4, C 2 (corrected), D 2 (the newer word)                        = 8    1.75 / 8 = 0.21875
    failure: B 3 (said later), E 1 (ended in an error)                         = 4    wasted 0.90 + 0.05 = 0.95
    claimed success: A 4, B 3, C 2, D 2 = 11, of which B's 3 ended otherwise           silent 3 / 11
    over budget: B 3
    model: A 0.40, B 0.60, C 0.10, D 0.10, E 0.05 = 1.25; tools: A 4 * 0.05 + B 3 * 0.10 = 0.50
refunds v2, 12 runs: F 5 * 0.10 + G 2 * 0.20 + H 2 * 0.25 + I 2 * 0.10 + J 0.05 = 0.90 + 0.50 + 0.25 = 1.65
    success: F 5, G 2, I 2 (recorded later), J 1 (claimed later)               = 10   1.65 / 10 = 0.165
    escalated: H 2                                                                    wasted 0.50
    claimed success: F 5, G 2, I 2, J 1 = 10, all of them stand                       silent 0 / 10
    over budget: G 2
    model: F 0.50, G 0.10, H 0.10, I 0.20, J 0.05 = 0.95; tools: G 2 * 0.15 = 0.30; review: H 2 * 0.20 = 0.40
support v1, 16 runs: K 6 * 0.02 + L 4 * 0.03 + M 3 * 0.04 + N 0.70 + O 2 * 0.05 = 3 * 0.12 + 0.70 + 0.10 = 1.16
    success: M 3 (said days later)                                             = 3    1.16 / 3 = 0.386667
    deflected K 6, unknown L 4, failure N 1, parked O 2                               wasted 0.70
    claimed success: none                                                             silent: nothing to divide by
    over budget: N 1
    model: all of it
"""

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from runvault.service import Service, start_service
from tests.apptest.ask import HEADERS, wait_for_spans
from tests.apptest.forty import KINDS, PRICES, SETTINGS, Kind, build_spans, list_runs, name_run
from tests.collector.otlp_requests import make_request

pytestmark = pytest.mark.service

# runs, outcomes, total, model, tool, review, wasted, per run, per success, budget breaches
COSTS = {
    ("refunds", "v1"): (12, {"success": 8, "failure": 4}, 1.75, 1.25, 0.50, 0.0, 0.95, 1.75 / 12, 0.21875, 3),
    ("refunds", "v2"): (12, {"success": 10, "escalated": 2}, 1.65, 0.95, 0.30, 0.40, 0.50, 0.1375, 0.165, 2),
    ("support", "v1"): (16, {"success": 3, "deflected": 6, "unknown": 4, "failure": 1, "parked": 2},
                        1.16, 1.16, 0.0, 0.0, 0.70, 0.0725, 1.16 / 3, 1),
}  # fmt: skip
# silent failures and their rate, tool calls, runs whose outcome is known
RELIABILITY = {
    ("refunds", "v1"): (3, 3 / 11, 10, 12),
    ("refunds", "v2"): (0, 0.0, 6, 12),
    ("support", "v1"): (0, None, 0, 12),
}
SPANS = [span for kind, number in list_runs() for span in build_spans(kind, number)]
NOON = "2026-11-01T12:00"
# B: 0.20 after the model call (second 2), 0.25 after the first payment (3), 0.30 after the second (4)
# G: the third payment ends at second 5. N: of eight steps the seventh ends at second 8, with 70,000 tokens
BREACHES = {
    "B": [("usd", f"{NOON}:04", "pay 1")],
    "G": [("tool_calls", f"{NOON}:05", "pay 2")],
    "N": [("steps", f"{NOON}:08", "call 6"), ("tokens", f"{NOON}:08", "call 6")],
}


def test_there_are_forty() -> None:
    assert sum(kind.count for kind in KINDS) == 40


@pytest.mark.parametrize("seed", [5])
def test_the_table_stands_through_merges_restarts_and_resends(tmp_path: Path, http: httpx.Client, seed: int) -> None:
    (tmp_path / "prices.toml").write_text(PRICES)
    (tmp_path / "runvault.toml").write_text(SETTINGS.format(prices=tmp_path / "prices.toml"))
    chance = random.Random(seed)
    service = start(tmp_path)
    try:
        send_spans(service, http, chance)
        for kind, number in list_runs():
            post_outcomes(service, http, kind, number, kind.said)
        check(service, http)
        service = merge_and_restart(service, tmp_path)
        check(service, http)
        send_spans(service, http, chance)
        everything = list(list_runs())
        chance.shuffle(everything)
        for kind, number in everything:
            post_outcomes(service, http, kind, number, kind.said[::-1])
        time.sleep(1)  # what was resent must be loaded before it can do harm
        check(service, http)
        service = merge_and_restart(service, tmp_path)
        check(service, http)
    finally:
        service.stop()


def start(directory: Path) -> Service:
    return start_service(directory / "data", options=("--config", str(directory / "runvault.toml")))


def merge_and_restart(service: Service, directory: Path) -> Service:
    assert service.stop() == 0
    store = str(directory / "data" / "store")
    done = subprocess.run(
        [sys.executable, "-m", "tests.apptest.optimize_store", store], check=True, capture_output=True, text=True
    )
    assert int(done.stdout) > 5
    return start(directory)


def send_spans(service: Service, http: httpx.Client, chance: random.Random) -> None:
    """All spans, shuffled, in a dozen requests, some of them twice."""
    spans = SPANS + chance.sample(SPANS, 20)
    chance.shuffle(spans)
    for place in range(12):
        answer = http.post(f"{service.otlp_http}/v1/traces", content=make_request(*spans[place::12]), headers=HEADERS)
        assert (answer.status_code, answer.json()) == (200, {})
    runs = wait_for_spans(http, service, len(SPANS))
    assert sum(run["steps"] for run in runs) == len(SPANS)


def post_outcomes(service: Service, http: httpx.Client, kind: Kind, number: int, said: Any) -> None:
    for post in said:
        answer = http.post(f"{service.api}/v1/runs/{name_run(kind, number)}/outcome", json=post)
        assert answer.status_code == 200, answer.text


def ask(service: Service, http: httpx.Client, path: str) -> Any:
    answer = http.get(f"{service.api}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def check(service: Service, http: httpx.Client) -> None:
    """Every number of the table above."""
    items = ask(service, http, "/v1/analytics/cost-per-outcome?group_by=workflow,version")["items"]
    found = {}
    for item in items:
        usd = item["cost_usd"]
        money = [usd[name] for name in ("total", "model", "tool", "review", "wasted")]
        numbers = (*money, item["cost_per_run_usd"], item["cost_per_success_usd"])
        found[item["workflow"], item["version"]] = (
            item["runs"], item["outcomes"], *(pytest.approx(number, abs=1e-9) for number in numbers),
            item["budget_breaches"],
        )  # fmt: skip
    assert found == COSTS
    items = ask(service, http, "/v1/analytics/reliability?group_by=workflow,version")["items"]
    assert {
        (item["workflow"], item["version"]): (
            item["silent_failures"], item["silent_failure_rate"], item["tool_calls"], item["known_outcomes"],
        )
        for item in items
    } == RELIABILITY  # fmt: skip
    whole = ask(service, http, "/v1/analytics/cost-per-outcome")["items"][0]
    # 1.75 + 1.65 + 1.16 = 4.56 over 8 + 10 + 3 = 21 successes; wasted 0.95 + 0.50 + 0.70
    assert (whole["runs"], whole["cost_usd"]["total"], whole["cost_usd"]["wasted"]) == (40, 4.56, 2.15)
    assert whole["cost_per_success_usd"] == pytest.approx(4.56 / 21)
    for kind, number in list_runs():
        replay = ask(service, http, f"/v1/runs/{name_run(kind, number)}/replay")
        names = {step["step"]: step["name"] for step in replay["steps"]}
        breaches = replay["run"]["budget"]["breaches"]
        told = [(breach["limit"], breach["at"][:19], names[breach["step"]]) for breach in breaches]
        assert told == BREACHES.get(kind.letter, []), kind.letter
        marked = {limit: step["name"] for step in replay["steps"] for limit in step["over_budget"]}
        assert marked == {limit: name for limit, _at, name in told}
