"""Cost per outcome against ten runs worked out by hand."""

from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schema.rollup import refresh_runs
from schema.store import Store
from tests.api.rows import insert_rows, make_run, make_step, trace_id

pytestmark = pytest.mark.engine

# run, outcome, version, [(model, its cost, price status)], tool cost, review cost
TEN_RUNS = [
    ("r0", "success", "v1", [("m-large", "0.10", "priced")], "0.02", "0"),
    ("r1", "success", "v1", [("m-large", "0.15", "priced"), ("m-small", "0.05", "priced")], "0", "0"),
    ("r2", "success", "v1", [("m-small", "0.05", "priced")], "0.05", "0"),
    ("r3", "success", "v2", [("m-large", "0.30", "priced")], "0", "0"),
    ("r4", "success", "v2", [("m-secret", "0", "unpriced")], "0.01", "0"),
    ("r5", "", "v2", [("m-small", "0.07", "priced")], "0", "0"),
    ("r6", "failure", "v1", [("m-large", "0.11", "priced")], "0", "0"),
    ("r7", "failure", "v2", [("m-large", "0.13", "priced")], "0", "0"),
    ("r8", "failure", "v2", [("m-small", "0.06", "priced")], "0", "0"),
    ("r9", "escalated", "v2", [("m-small", "0.04", "priced")], "0", "2.50"),
]


@pytest.fixture
def ten_runs(store: Store, tenant: str) -> None:
    """The ten runs as steps, rolled up by the same SQL as in service. Each root repeats its calls' cost, uncounted."""
    rows: list[dict[str, Any]] = []
    for run, outcome, version, models, tool_usd, review_usd in TEN_RUNS:
        about = {"Workflow": "refunds", "Version": version, "Agent": "refunder"}
        whole = sum((Decimal(usd) for _, usd, _ in models), Decimal(0))
        root = {"OutcomeStatus": outcome, "IsCounted": 0, "ModelCostUsd": whole, "Model": models[0][0]}
        rows.append(make_step(tenant, run, 1, **about, **root))
        for place, (model, usd, status) in enumerate(models, start=2):
            call = {"Model": model, "ModelCostUsd": Decimal(usd), "PriceStatus": status, "StepType": "model_call"}
            rows.append(make_step(tenant, run, place, **about, **call))
        rows.append(make_step(tenant, run, 8, **about, StepType="tool_call", ToolCostUsd=Decimal(tool_usd)))
        rows.append(make_step(tenant, run, 9, **about, StepType="approval", ReviewCostUsd=Decimal(review_usd)))
    insert_rows(store, "steps", rows)
    names = [run for run, *_ in TEN_RUNS]
    refresh_runs(store, tenant, names, [trace_id(name) for name in names])


def ask(client: TestClient, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/analytics/cost-per-outcome", params=parameters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.usefixtures("ten_runs")
def test_ten_runs_to_the_last_cent(client: TestClient) -> None:
    (group,) = ask(client)
    # 0.12 + 0.20 + 0.10 + 0.30 + 0.01 + 0.07 + 0.11 + 0.13 + 0.06 + 2.54 = 3.64; five of ten succeeded
    assert group == {
        "runs": 10,
        "outcomes": {"success": 5, "failure": 3, "escalated": 1, "unknown": 1},
        "cost_usd": {"total": 3.64, "model": 1.06, "tool": 0.08, "review": 2.5, "wasted": 2.84},
        "cost_per_run_usd": 0.364,
        "cost_per_success_usd": 0.728,
        # sorted: .01 .06 .07 .10 .11 .12 .13 .20 .30 2.54; places floor(0.5*10) and floor(0.95*10), from 0
        "p50_cost_usd": 0.12,
        "p95_cost_usd": 2.54,
        "unpriced_runs": 1,
        "budget_breaches": 0,
    }


@pytest.mark.usefixtures("ten_runs")
def test_groups_by_version_dearest_first(client: TestClient) -> None:
    v2, v1 = ask(client, group_by="workflow,version")
    assert (v2["workflow"], v2["version"], v2["runs"]) == ("refunds", "v2", 6)
    assert (v1["workflow"], v1["version"], v1["runs"]) == ("refunds", "v1", 4)
    assert v1["cost_usd"]["total"] == 0.53
    assert v1["cost_usd"]["wasted"] == 0.11
    # 0.53 over r0, r1, r2
    assert v1["cost_per_success_usd"] == pytest.approx(0.53 / 3, rel=1e-12)
    assert v2["cost_usd"]["total"] == 3.11


@pytest.mark.usefixtures("ten_runs")
def test_models_split_runs_and_still_add_up(client: TestClient) -> None:
    groups = {group["model"]: group for group in ask(client, group_by="model")}
    totals = {model: group["cost_usd"]["total"] for model, group in groups.items()}
    # large .10 .15 .30 .11 .13; small .05 .05 .07 .06 .04; without a model: tools .02 .05 .01 and review 2.50
    assert totals == {"m-large": 0.79, "m-small": 0.27, "m-secret": 0.0, None: 2.58}
    assert {model: group["runs"] for model, group in groups.items()} == {
        "m-large": 5, "m-small": 5, "m-secret": 1, None: 4,
    }  # fmt: skip
    assert groups["m-secret"]["unpriced_runs"] == 1
    assert groups["m-large"]["unpriced_runs"] == 0
    assert groups["m-large"]["cost_usd"]["wasted"] == 0.24
    # all five calls of the large model over r0, r1, r3, which succeeded
    assert groups["m-large"]["cost_per_success_usd"] == pytest.approx(0.79 / 3, rel=1e-12)


@pytest.mark.usefixtures("ten_runs")
def test_filters_choose_runs(client: TestClient) -> None:
    (failed,) = ask(client, outcome="failure")
    assert failed["runs"] == 3
    assert failed["cost_usd"]["total"] == 0.30
    assert failed["cost_per_success_usd"] is None
    (small,) = ask(client, model="m-small")
    assert small["runs"] == 5
    split = {group["model"]: group["cost_usd"]["total"] for group in ask(client, model="m-small", group_by="model")}
    # r1 called both models; r2 has a tool call of .05, r9 a review of 2.50
    assert split == {"m-small": 0.27, "m-large": 0.15, None: 2.55}
    (dear,) = ask(client, min_cost_usd="0.2")
    assert dear["runs"] == 3
    (nothing,) = ask(client, workflow="other")
    assert (nothing["runs"], nothing["cost_per_run_usd"]) == (0, None)


def test_groups_have_pages(client: TestClient, store: Store, tenant: str) -> None:
    costs = ["3", "2", "1"]
    rows = [make_run(tenant, f"p{place}", UserId=f"u{place}", CostUsd=Decimal(usd)) for place, usd in enumerate(costs)]
    insert_rows(store, "runs", rows)
    first = client.get("/v1/analytics/cost-per-outcome", params={"group_by": "user", "limit": 2}).json()
    assert [item["user"] for item in first["items"]] == ["u0", "u1"]
    parameters = {"group_by": "user", "limit": 2, "cursor": first["next_cursor"]}
    second = client.get("/v1/analytics/cost-per-outcome", params=parameters).json()
    assert [item["user"] for item in second["items"]] == ["u2"]
    assert second["next_cursor"] is None


def test_another_tenants_runs_are_not_counted(client: TestClient, store: Store) -> None:
    insert_rows(store, "runs", [make_run("somebody-else", "x1", CostUsd=Decimal(9))])
    insert_rows(store, "steps", [make_step("somebody-else", "x1", 1, Model="m", ModelCostUsd=Decimal(9))])
    assert ask(client)[0]["runs"] == 0
    assert ask(client, group_by="model") == []
