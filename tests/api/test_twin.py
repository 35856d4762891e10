"""Every analytics answer over a hundred runs against its slow, obvious twin (issue 7, acceptance 6)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api import step_twin, twin, verdict_twin
from tests.api.hundred import Hundred

pytestmark = pytest.mark.engine

Json = dict[str, Any]
RUN_GROUPS = ["", "workflow", "version", "workflow,version", "agent,environment"]


def ask(client: TestClient, question: str, **parameters: Any) -> list[Json]:
    answer = client.get(f"/v1/analytics/{question}", params={"limit": 5000, **parameters})
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def hold(items: list[Json], expected: dict[Any, Json], groups: list[str]) -> None:
    """The answer has exactly the expected groups, each with the expected numbers."""
    found = {}
    for item in items:
        key = tuple(item.pop(name) for name in ("at", *groups) if name in item)
        assert key not in found
        found[key] = item
    assert set(found) == set(expected)
    for key, numbers in expected.items():
        got, wanted = _flat(found[key]), _flat(numbers)
        # null is itself, never nearly nothing
        assert {name for name in got if got[name] is None} == {name for name in wanted if wanted[name] is None}, key
        words = [{name: value for name, value in side.items() if isinstance(value, str)} for side in (got, wanted)]
        assert words[0] == words[1], key
        got, wanted = (
            {name: value for name, value in side.items() if isinstance(value, int | float)} for side in (got, wanted)
        )
        assert got == pytest.approx(wanted, rel=1e-12, abs=1e-12), key


def _flat(numbers: Json, head: str = "") -> Json:
    flat: Json = {}
    for name, value in numbers.items():
        flat |= _flat(value, f"{head}{name}.") if isinstance(value, dict) else {head + name: value}
    return flat


def _names(group_by: str) -> list[str]:
    return [name for name in group_by.split(",") if name]


@pytest.mark.parametrize("group_by", [*RUN_GROUPS, "user"])
def test_cost(hundred_client: TestClient, hundred: Hundred, group_by: str) -> None:
    runs, groups = twin.list_runs(hundred.steps, hundred.said), _names(group_by)
    expected = {key: twin.cost(some) for key, some in twin.split_groups(runs, groups).items()}
    hold(ask(hundred_client, "cost-per-outcome", group_by=group_by), expected, groups)


def test_cost_by_model(hundred_client: TestClient, hundred: Hundred) -> None:
    parts = twin.split_by_model(twin.list_runs(hundred.steps, hundred.said))
    expected = {key: twin.cost(some) for key, some in twin.split_groups(parts, ["model"]).items()}
    assert len(expected) == 4
    hold(ask(hundred_client, "cost-per-outcome", group_by="model"), expected, ["model"])


@pytest.mark.parametrize("group_by", [*RUN_GROUPS, "agent"])
def test_latency_of_runs(hundred_client: TestClient, hundred: Hundred, group_by: str) -> None:
    runs, groups = twin.list_runs(hundred.steps, hundred.said), _names(group_by)
    if "environment" in groups:  # a filter of latency, not a group
        groups, group_by = ["agent"], "agent"
        runs = [run for run in runs if run["Environment"] == "staging"]
    expected = {key: twin.latency_of_runs(some) for key, some in twin.split_groups(runs, groups).items()}
    chosen = {"environment": "staging"} if len(runs) < 100 else {}
    hold(ask(hundred_client, "latency", of="run", group_by=group_by, **chosen), expected, groups)


@pytest.mark.parametrize("group_by", ["", "workflow", "step_type", "model", "tool", "provider,version"])
def test_latency_of_steps(hundred_client: TestClient, hundred: Hundred, group_by: str) -> None:
    groups = _names(group_by)
    steps = [{"Model": "", "ToolName": "", "Provider": "", **row} for row in hundred.steps if row["IsCall"]]
    kinds = {"model": "model_call", "provider": "model_call", "tool": "tool_call"}
    asked = {kinds[group] for group in groups if group in kinds}
    steps = [row for row in steps if not asked or row["StepType"] in asked]
    expected = {key: twin.latency_of_steps(some) for key, some in twin.split_groups(steps, groups).items()}
    hold(ask(hundred_client, "latency", of="step", group_by=group_by), expected, groups)


@pytest.mark.parametrize("group_by", RUN_GROUPS)
def test_reliability_and_coverage(hundred_client: TestClient, hundred: Hundred, group_by: str) -> None:
    runs, groups = twin.list_runs(hundred.steps, hundred.said), _names(group_by)
    split = twin.split_groups(runs, groups)
    whole = ask(hundred_client, "reliability", group_by=group_by)
    assert sum(item["silent_failures"] for item in whole) > 0
    assert sum(item["policy_violations"] for item in whole) > 0
    hold(whole, {key: twin.reliability(some) for key, some in split.items()}, groups)
    covered = ask(hundred_client, "coverage", group_by=group_by)
    assert sum(item["runs_without_root"] for item in covered) == 4
    hold(covered, {key: twin.coverage(some) for key, some in split.items()}, groups)


@pytest.mark.parametrize("group_by", RUN_GROUPS)
def test_budgets(hundred_client: TestClient, hundred: Hundred, group_by: str) -> None:
    runs, groups = twin.list_runs(hundred.steps, hundred.said), _names(group_by)
    whole = ask(hundred_client, "budgets", group_by=group_by)
    assert {limit for item in whole for limit in item["breaches"]} == {"usd", "steps"}
    hold(whole, {key: twin.budgets(some) for key, some in twin.split_groups(runs, groups).items()}, groups)


@pytest.mark.parametrize("group_by", RUN_GROUPS)
def test_redaction(hundred_client: TestClient, hundred: Hundred, group_by: str) -> None:
    groups = _names(group_by)
    expected = {key: step_twin.redaction(some) for key, some in twin.split_groups(hundred.steps, groups).items()}
    if groups:
        hold(ask(hundred_client, "redaction", group_by=group_by), expected, groups)
    else:
        hold([hundred_client.get("/v1/analytics/redaction").json()], expected, [])


def test_unpriced_models(hundred_client: TestClient, hundred: Hundred) -> None:
    assert ask(hundred_client, "unpriced-models", limit=1000) == step_twin.unpriced(hundred.steps)
    some = [row for row in hundred.steps if row["Workflow"] == "refunds" and row["Version"] in ("v2", "v3")]
    found = ask(hundred_client, "unpriced-models", limit=1000, workflow="refunds", version=["v2", "v3"])
    assert found == step_twin.unpriced(some)
    assert 0 < len(found) < 4


@pytest.mark.parametrize("interval", ["minute", "hour", "day", "week"])
def test_over_time(hundred_client: TestClient, hundred: Hundred, interval: str) -> None:
    runs, asked = twin.list_runs(hundred.steps, hundred.said), {"interval": interval, "group_by": "workflow"}
    split = twin.split_groups(runs, ["workflow"], interval)
    for question, answer in (
        ("cost-per-outcome", twin.cost),
        ("latency", twin.latency_of_runs),
        ("reliability", twin.reliability),
        ("coverage", twin.coverage),
        ("budgets", twin.budgets),
    ):
        items = ask(hundred_client, question, **asked)
        assert [item["at"] for item in items] == sorted(item["at"] for item in items)
        hold(items, {key: answer(some) for key, some in split.items()}, ["workflow"])
    spans = twin.split_groups(hundred.steps, ["workflow"], interval, "Timestamp")
    replaced = {key: step_twin.redaction(some) for key, some in spans.items()}
    hold(ask(hundred_client, "redaction", **asked), replaced, ["workflow"])
    calls = [row for row in hundred.steps if row["IsCall"] and row["StepType"] == "tool_call"]
    tools = twin.split_groups(calls, ["tool"], interval, "Timestamp")
    expected = {key: twin.latency_of_steps(some) for key, some in tools.items()}
    hold(ask(hundred_client, "latency", interval=interval, group_by="tool"), expected, ["tool"])


@pytest.mark.parametrize(("old", "new"), [("v1", "v2"), ("v2", "v3"), ("v1", "nobody")])
def test_verdicts(hundred_client: TestClient, hundred: Hundred, old: str, new: str) -> None:
    runs = twin.list_runs(hundred.steps, hundred.said)
    asked = {"baseline": f"version={old}", "candidate": f"version={new}"}
    answer = hundred_client.get("/v1/analytics/compare", params=asked).json()
    before, after = ([run for run in runs if run["Version"] == name] for name in (old, new))
    expected = verdict_twin.compare(before, after)
    assert [(one["measure"], one["better"], one["verdict"], one["regressed"]) for one in answer["measures"]] == [
        (name, told["better"], told["verdict"], told["regressed"]) for name, told in expected.items()
    ]
    numbers = {(name,): _numbers(told) for name, told in expected.items()}
    hold([{"measure": one["measure"], **_numbers(one)} for one in answer["measures"]], numbers, ["measure"])


def _numbers(measure: Json) -> Json:
    return {name: value for name, value in measure.items() if value is None or isinstance(value, int | float)}


def test_filters_hold_everywhere(hundred_client: TestClient, hundred: Hundred) -> None:
    runs = twin.list_runs(hundred.steps, hundred.said)
    some = [run for run in runs if run["Version"] in ("v2", "v3") and "refund" in run["Tools"]]
    asked = {"version": ["v2", "v3"], "tool": "refund"}
    hold(ask(hundred_client, "reliability", **asked), {(): twin.reliability(some)}, [])
    hold(ask(hundred_client, "coverage", **asked), {(): twin.coverage(some)}, [])
    hold(ask(hundred_client, "cost-per-outcome", **asked), {(): twin.cost(some)}, [])
    hold(ask(hundred_client, "latency", of="run", **asked), {(): twin.latency_of_runs(some)}, [])


@pytest.mark.parametrize(("by", "old", "new"), [("version", "v1", "v2"), ("model", "m-large", "m-small")])
def test_both_sides_of_a_comparison(hundred_client: TestClient, hundred: Hundred, by: str, old: str, new: str) -> None:
    runs = twin.list_runs(hundred.steps, hundred.said)
    answer = hundred_client.get(
        "/v1/analytics/compare", params={"baseline": f"{by}={old}", "candidate": f"{by}={new}"}
    ).json()
    found = {measure["measure"]: measure for measure in answer["measures"]}
    for side, name, other in (("baseline", old, new), ("candidate", new, old)):
        if by == "version":
            some = [run for run in runs if run["Version"] == name]
        else:
            some = [run for run in runs if name in run["Models"] and other not in run["Models"]]
        numbers, paid = twin.reliability(some), twin.cost(some)
        assert answer[side] == {by: name, "runs": len(some)}
        expected = {
            **{name: numbers[name] for name in ("completion_rate", "escalation_rate", "silent_failure_rate")},
            **{name: numbers[name] for name in ("tool_error_rate", "retries_per_run")},
            "policy_violations_per_1000_runs": numbers["policy_violations_per_1000_runs"],
            "steps_per_run": numbers["steps_per_run"]["mean"],
            "tool_calls_per_run": numbers["tool_calls_per_run"]["mean"],
            "cost_per_run_usd": paid["cost_per_run_usd"],
            "cost_per_success_usd": paid["cost_per_success_usd"],
            "p50_ms": twin.quantile([run["Ms"] for run in some], 0.5),
            "p95_ms": twin.quantile([run["Ms"] for run in some], 0.95),
        }
        assert {name: found[name][side] for name in found} == pytest.approx(expected, rel=1e-12)
        assert found["completion_rate"][f"{side}_n"] == numbers["known_outcomes"]
        assert found["tool_error_rate"][f"{side}_n"] == sum(run["ToolCalls"] > 0 for run in some)
