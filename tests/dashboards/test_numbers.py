"""Headline numbers of the boards about runs are those that the API answers for the same range."""

import pytest

from tests.api.hundred import Hundred
from tests.dashboards.numbers import Asker, Json, Reader, hold, read_stats

pytestmark = pytest.mark.engine


def test_fleet(read: Reader, ask: Asker) -> None:
    (well,), (cost,) = ask("reliability")["items"], ask("cost-per-outcome")["items"]
    (run,), (coverage,) = ask("latency", of="run")["items"], ask("coverage")["items"]
    expected = {
        "Runs": well["runs"], "Completion": well["completion_rate"], "Coverage": coverage["coverage"],
        "Cost per success": cost["cost_per_success_usd"], "p95 of runs": run["p95_ms"],
        "Spend per hour": cost["cost_usd"]["total"] / 62,
    }  # fmt: skip
    hold(read_stats(read, "fleet"), expected)


def test_cost(read: Reader, ask: Asker) -> None:
    (cost,) = ask("cost-per-outcome")["items"]
    expected = {
        "Total cost": cost["cost_usd"]["total"], "Cost per success": cost["cost_per_success_usd"],
        "Wasted": cost["cost_usd"]["wasted"] / cost["cost_usd"]["total"], "Unpriced runs": cost["unpriced_runs"],
        "Budget breaches": cost["budget_breaches"], "Human review": cost["cost_usd"]["review"],
    }  # fmt: skip
    hold(read_stats(read, "cost"), expected)


@pytest.mark.parametrize(
    ("title", "group_by", "columns"),
    [
        ("Cost by workflow and version", "workflow,version", ["Workflow", "Version"]),
        ("Cost by model", "model", ["Model"]),
    ],
)
def test_cost_by_group(read: Reader, ask: Asker, title: str, group_by: str, columns: list[str]) -> None:
    items = ask("cost-per-outcome", group_by=group_by)["items"]
    names = group_by.split(",")
    expected = {tuple(item[name] or "" for name in names): item for item in items}
    rows = {tuple(row[column] for column in columns): row for row in read("cost", title)}
    assert set(rows) == set(expected)
    for key, row in rows.items():
        item = expected[key]
        found = {name: row[name] for name in ("Runs", "Successes", "Total", "Per success", "Per run", "Wasted")}
        told = {
            "Runs": item["runs"], "Successes": item["outcomes"].get("success", 0), "Total": item["cost_usd"]["total"],
            "Per success": item["cost_per_success_usd"], "Per run": item["cost_per_run_usd"],
            "Wasted": item["cost_usd"]["wasted"],
        }  # fmt: skip
        hold(found, told)


def test_cost_by_tenant(read: Reader, ask: Asker, demo: Hundred) -> None:
    (item,) = ask("cost-per-outcome", group_by="tenant")["items"]
    (row,) = [row for row in read("cost", "Cost by tenant") if row["Tenant"] == demo.tenant]
    hold(
        {name: row[name] for name in ("Runs", "Total", "Wasted")},
        {"Runs": item["runs"], "Total": item["cost_usd"]["total"], "Wasted": item["cost_usd"]["wasted"]},
    )


def test_budgets(read: Reader, ask: Asker) -> None:
    expected = {item["workflow"]: item for item in ask("budgets", group_by="workflow")["items"]}
    rows = {row["Workflow"]: row for row in read("cost", "Budgets")}
    assert set(rows) == set(expected)
    for workflow, row in rows.items():
        item = expected[workflow]
        money = item["budget_usd"]
        told = {
            "With a budget": item["budgeted_runs"], "Breached": item["breached_runs"], "Over": item["breach_rate"],
            "Over money": item["breaches"].get("usd", 0), "Over steps": item["breaches"].get("steps", 0),
            "Over tool calls": 0, "Over tokens": 0, "Allowed": money["allowed"], "Spent": money["spent"],
            "Used": money["used"], "p95 used": money["p95_used"],
        }  # fmt: skip
        hold({name: value for name, value in row.items() if name != "Workflow"}, told)


def test_unpriced_models(read: Reader, ask: Asker) -> None:
    items = ask("unpriced-models")["items"]
    told = [
        (one["provider"], one["model"], one["spans"], one["runs"], *(one["tokens"][way] for way in ("input", "output")))
        for one in items
    ]
    rows = read("cost", "Models without a price")
    assert told
    assert [tuple(row[name] for name in list(row)[:6]) for row in rows] == told
    assert [row["First seen"].isoformat(timespec="microseconds")[:26] for row in rows] == [
        item["first_seen_at"][:26] for item in items
    ]


def test_latency(read: Reader, ask: Asker) -> None:
    (run,) = ask("latency", of="run")["items"]
    expected = {
        "p50 of runs": run["p50_ms"], "p95 of runs": run["p95_ms"], "p99 of runs": run["p99_ms"],
        "p95 first token": run["p95_first_token_ms"],
    }  # fmt: skip
    hold(read_stats(read, "latency"), expected)


@pytest.mark.parametrize(
    ("title", "group", "column"),
    [("Workflows and versions", "workflow,version", ""), ("Models", "model", "Model"), ("Tools", "tool", "ToolName")],
)
def test_latency_by_group(read: Reader, ask: Asker, chosen: Json, title: str, group: str, column: str) -> None:
    if group == "tool" and "model" in chosen:
        pytest.skip("a call of a tool has no model: the API's filter would look for calls of both")
    names = group.split(",")
    expected = {tuple(item[name] or "" for name in names): item for item in ask("latency", group_by=group)["items"]}
    rows = {tuple(list(row.values())[: len(names)]): row for row in read("latency", title)}
    assert set(rows) == set(expected)
    assert rows
    for key, row in rows.items():
        item = expected[key]
        assert row["Calls" if column else "Runs"] == item["count"]
        wanted = {name: item[f"{name}_ms"] for name in ("p50", "p95", "p99", "max")}
        hold({name: row[name] for name in wanted}, wanted)


def test_reliability(read: Reader, ask: Asker) -> None:
    (well,) = ask("reliability")["items"]
    expected = {
        "Silent failures": well["silent_failure_rate"], "Tool errors": well["tool_error_rate"],
        "Wrong writes": well["wrong_write_rate"],
        "Violations per 1,000 runs": well["policy_violations_per_1000_runs"],
        "Tool calls per run": well["tool_calls_per_run"]["mean"],
        "p95 tool calls per run": well["tool_calls_per_run"]["p95"], "Escalations": well["escalation_rate"],
        "Retries per run": well["retries_per_run"], "Steps per run": well["steps_per_run"]["mean"],
        "p95 wait for approval": well["approval_wait_ms"]["p95"],
    }  # fmt: skip
    hold(read_stats(read, "reliability"), expected)


def test_violations_listed_are_those_counted(read: Reader, ask: Asker, chosen: Json) -> None:
    if "model" in chosen:
        pytest.skip("a decision has no model: the list is of steps, the count of runs")
    (well,) = ask("reliability")["items"]
    assert len(read("reliability", "Latest violations")) == well["policy_violations"] > 0
    assert sum(row["deny"] for row in read("reliability", "Policy rules")) == well["policy_violations"]


def test_release(read: Reader, ask: Asker) -> None:
    answer = ask("compare", baseline="version=v1", candidate="version=v2")
    verdicts = [measure["verdict"] for measure in answer["measures"]]
    expected = {
        "Regressed": len(answer["regressed"]), "Better": verdicts.count("better"),
        "Too few to tell": verdicts.count("too_few"), "Baseline runs": answer["baseline"]["runs"],
        "Candidate runs": answer["candidate"]["runs"],
    }  # fmt: skip
    hold(read_stats(read, "release"), expected)
    rows = read("release", "Verdicts")
    assert {row["Threshold"] for row in rows} == {answer["threshold"]}
    for row, measure in zip(rows, answer["measures"], strict=True):
        assert row["Measure"] == measure["measure"].replace("_", " ")
        assert row["Verdict"] == measure["verdict"].replace("_", " ")
        columns = {
            "Baseline": "baseline", "Candidate": "candidate", "Change": "change", "99 % from": "difference_low",
            "99 % to": "difference_high", "Units of baseline": "baseline_n", "Units of candidate": "candidate_n",
        }  # fmt: skip
        hold({name: row[name] for name in columns}, {name: measure[field] for name, field in columns.items()})
