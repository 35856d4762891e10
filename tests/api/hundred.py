"""A hundred runs of two workflows in three versions over three days, with everything that analytics count."""

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import ApiSettings
from schema.rollup import refresh_runs
from schema.store import Store
from tests.api.rows import BASE, BASE_NS, MS, SECOND, Row, insert_rows, make_step, trace_id

SEED = 20260301
HOUR = 3600 * SECOND
_numbers = itertools.count(1)


class Hundred:
    """The rows as they were stored: steps, and outcomes said afterwards by run id."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.steps: list[Row] = []
        self.said: dict[str, str] = {}
        self._chance = random.Random(SEED)
        for number in range(100):
            self._add_run(number)

    def _add_run(self, number: int) -> None:
        chance = self._chance
        run, version = f"run-{number:03d}", chance.choice(["v1", "v2", "v2", "v3"])
        start = BASE_NS + chance.randrange(0, 60) * HOUR + chance.randrange(0, 3600) * SECOND
        about = {
            "Workflow": chance.choice(["refunds", "support"]),
            "Version": version,
            "Agent": chance.choice(["ann", "bob"]),
            "Environment": chance.choice(["production", "production", "staging"]),
            "UserId": chance.choice(["u1", "u2", ""]),
            "PolicyVersion": chance.choice(["p1", "p2"]),
        }
        steps = [self._make_root(number)]
        for _ in range(chance.randrange(0, 4)):
            steps.append(self._make_model_call(version))
        for _ in range(chance.randrange(0, 6)):
            steps.append(self._make_tool_call())
        if chance.random() < 0.3:
            steps.append({"StepType": "approval", "Duration": chance.randrange(1, 90) * SECOND})
            steps[-1]["ReviewCostUsd"] = Decimal(chance.randrange(0, 300)) / 100
        if chance.random() < 0.2:
            steps.append({"StepType": "validator", "PolicyDecision": chance.choice(["deny", "allow"])})
        if chance.random() < 0.1:
            steps.append({"IsOrphan": 1, "ReceivedAt": BASE_NS // 1000 + 10**9})
        for place, fields in enumerate(steps, start=1):
            at = start + place * chance.randrange(1, 2000) * MS
            about_time = {"Timestamp": at, "Day": (BASE + timedelta(microseconds=(at - BASE_NS) // 1000)).date()}
            self.steps.append(make_step(self.tenant, run, place, **about, **about_time, **fields))
        if number % 7 == 0:
            self.said[run] = chance.choice(["success", "failure", "escalated"])

    def _make_root(self, number: int) -> Row:
        chance = self._chance
        claim = chance.choice(["success", "success", "success", "failure", "escalated", "deflected", ""])
        root: Row = {"OutcomeStatus": claim, "Duration": chance.randrange(1, 60_000) * MS, "IsCounted": 0}
        if chance.random() < 0.1:
            root["StatusCode"], root["IsFailure"] = "Error", 1
        if chance.random() < 0.2:
            root["BudgetUsd"] = 0.2
        if chance.random() < 0.2:
            root["BudgetSteps"] = chance.choice([4, 20])
        root["RedactionFailed"] = int(chance.random() < 0.05)
        if number % 25 == 3:
            root["ParentSpanId"] = "feedfeedfeedfeed"  # the real root never came
            root["IsOrphan"] = 1
        return root

    def _make_model_call(self, version: str) -> Row:
        chance = self._chance
        model = chance.choice(["m-large", "m-small"] if version != "v3" else ["m-next"])
        unpriced = chance.random() < 0.05
        return {
            "StepType": "model_call",
            "Model": model,
            "Provider": "acme",
            "Duration": chance.randrange(1, 9_000_000),
            "ModelCostUsd": Decimal(0) if unpriced else Decimal(chance.randrange(1, 30)) / 100,
            "PriceStatus": "unpriced" if unpriced else "priced",
            "FirstTokenMs": chance.choice([None, float(chance.randrange(1, 900))]),
            "InputTokens": chance.randrange(1, 5000),
            "OutputTokens": chance.randrange(1, 900),
            "RedactionBytes": chance.randrange(0, 4000),
            "IsCounted": int(chance.random() < 0.9),
        }

    def _make_tool_call(self) -> Row:
        chance = self._chance
        failed = chance.random() < 0.2
        return {
            "StepType": "tool_call",
            "ToolName": chance.choice(["refund", "lookup"]),
            "Duration": chance.randrange(1, 5_000) * MS,
            "StatusCode": "Error" if failed else "Unset",
            "IsFailure": int(failed),
            "IsRetry": int(chance.random() < 0.15),
            "IsCall": int(chance.random() < 0.95),
            "ToolCostUsd": Decimal(chance.randrange(0, 5)) / 100,
            "RedactionFindings": [("EMAIL_ADDRESS", 2)] if failed else [],
            "SideEffects": [f"refund:{chance.randrange(10**9)}"] if chance.random() < 0.1 else [],
        }


@pytest.fixture(scope="module")
def hundred(store: Store) -> Hundred:
    """The hundred runs, stored and rolled up as in service, once per file: who asks changes nothing."""
    runs = Hundred(f"hundred-{next(_numbers)}")
    insert_rows(store, "steps", runs.steps)
    # said a year later, so that each of them stands
    later = BASE_NS // 1000 + 365 * 86_400 * 10**6
    for run, status in runs.said.items():
        store.command(
            "INSERT INTO outcomes (Tenant, Environment, RetentionClass, Day, RunId, OutcomeId, Status, At, RecordedAt)"
            " SELECT {tenant:String}, 'production', 'standard', {day:Date}, {run:String}, generateUUIDv4(),"
            " {status:String}, fromUnixTimestamp64Micro({at:Int64}), now64(6)",
            {"tenant": runs.tenant, "run": run, "status": status, "at": later, "day": BASE.date()},
            tag="test",
        )
    names = sorted({row["RunId"] for row in runs.steps})
    assert len(names) == 100
    refresh_runs(store, runs.tenant, names, [trace_id(name) for name in names])
    return runs


@pytest.fixture
def hundred_client(store: Store, hundred: Hundred) -> Iterator[TestClient]:
    """The API, asked by the tenant of the hundred runs."""
    with TestClient(create_app(store, ApiSettings(default_tenant=hundred.tenant))) as opened:
        yield opened
