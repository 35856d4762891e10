"""Alert rules with the field's thresholds as defaults, each with its runbook.

Rules run in Grafana's back end, where no board's variable exists: each looks at all tenants and raises one alert per
tenant, environment and workflow. Older Grafanas put environment variables into statements of provisioned rules, so no
statement has a `$`: the time range is part of it.
"""

from dataclasses import dataclass
from typing import Any

from dashboards.source import ClickHouseQuery, Form
from dashboards.sql import tidy
from schema.templates import fill_template

Json = dict[str, Any]

DATASOURCE_UID = "runvault-clickhouse"
"""Of the data source that `provisioning/datasources/` makes: an alert rule cannot name a variable."""
FOLDER_UID = "runvault"
FOLDER = "Runvault"
GROUP = "runvault"
RUNBOOKS = "${RUNVAULT_RUNBOOKS_URL}"
"""Where `docs/runbooks/` can be read. Grafana's file provisioning fills the variable in from its environment."""
KEYS = ("Tenant", "Environment", "Workflow")
MIN_RUNS = 30
"""Fewer say nothing (the same number as in `compare`); the 95th percentile needs 100."""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A rule: a statement with one number `Value` per group, and from where on it is wrong."""

    name: str
    title: str
    summary: str
    sql: str
    limit: float
    below: bool = False
    """Whether a value below the limit is wrong; else one above it."""
    severity: str = "warning"
    wait: str = "5m"


def list_rules() -> tuple[AlertRule, ...]:
    """Every rule, in the order of requirement 20."""
    return (
        AlertRule(
            "low-success", "Success under 95 %", "Of the last hour's runs with a known outcome, under 95 % succeeded.",
            _ask_reliability("CompletionRate", "KnownRuns"), 0.95, below=True, severity="critical",
        ),
        AlertRule(
            "wrong-writes", "Wrong writes over 0.1 %", "Runs changed something outside and failed.",
            _ask_reliability("WrongWriteRate", "WritingRuns", hours=24), 0.001, severity="critical",
        ),
        AlertRule(
            "policy-violations", "Policy violations over 0.5 per 1,000 runs", "Policies denied what agents tried.",
            _ask_reliability("ViolationsPer1000", hours=24), 0.5,
        ),
        AlertRule(
            "tool-calls-mean", "Over 8 tool calls a run", "Runs of the last hour made over 8 tool calls on average.",
            _ask_reliability("ToolCallsMean"), 8,
        ),
        AlertRule(
            "tool-calls-p95", "95th percentile over 20 tool calls", "The busiest runs of the last hour may be looping.",
            _ask_reliability("ToolCallsP95", least=100), 20,
        ),
        AlertRule(
            "low-coverage", "Coverage under 99 %", "Runs of the last hour lack their root or have orphans.",
            _ask_coverage(), 0.99, below=True, wait="15m",
        ),
        AlertRule(
            "slow-version", "A version's p95 is over 10 % above the others'",
            "A version's 95th percentile over 6 hours is above that of the workflow's other versions over a day.",
            _compare_latency(), 1.1, wait="15m",
        ),
        AlertRule(
            "cost-over-budget", "Cost per success over its budget",
            "What a success cost over 24 hours is above the mean budget of the runs that have one.",
            _compare_cost(), 1.0,
        ),
    )  # fmt: skip


def build_rule_group() -> Json:
    """The group as Grafana's file provisioning takes it (docs: alerting, file provisioning)."""
    group = {
        "orgId": 1,
        "name": GROUP,
        "folder": FOLDER,
        "interval": "1m",
        "rules": [build_rule(rule) for rule in list_rules()],
    }
    return {"apiVersion": 1, "groups": [group]}


def build_rule(rule: AlertRule, runbooks: str = RUNBOOKS, datasource_uid: str = DATASOURCE_UID) -> Json:
    """One rule: query A, threshold B; no data is no alert, an error of the query is one."""
    return {
        "uid": f"runvault-{rule.name}",
        "title": rule.title,
        "condition": "B",
        "data": [_build_query(rule, datasource_uid), _build_threshold(rule)],
        "noDataState": "OK",
        "execErrState": "Error",
        "for": rule.wait,
        "annotations": {"summary": rule.summary, "runbook_url": f"{runbooks}/{rule.name}.md"},
        "labels": {"severity": rule.severity, "service": "runvault"},
        "isPaused": False,
    }


def _build_query(rule: AlertRule, uid: str) -> Json:
    model = ClickHouseQuery(rule.sql, Form.TABLE, uid=uid).to_json()
    model |= {"intervalMs": 1000, "maxDataPoints": 43200}
    times = {"from": 86_400, "to": 0}
    return {"refId": "A", "relativeTimeRange": times, "datasourceUid": uid, "model": model}


def _build_threshold(rule: AlertRule) -> Json:
    evaluator = {"type": "lt" if rule.below else "gt", "params": [rule.limit]}
    model = {
        "type": "threshold",
        "refId": "B",
        "expression": "A",
        "datasource": {"type": "__expr__", "uid": "__expr__"},
        "conditions": [{"type": "query", "evaluator": evaluator, "query": {"params": ["B"]}}],
    }
    times = {"from": 0, "to": 0}
    return {"refId": "B", "relativeTimeRange": times, "datasourceUid": "__expr__", "model": model}


def _since(hours: int) -> str:
    return f"StartedAt >= now() - INTERVAL {hours} HOUR"


def _places() -> dict[str, str]:
    names = ", ".join(KEYS)
    return {"keys": f"{names}, ", "group_by": f"GROUP BY {names}", "order": names}


def _pick(text: str, value: str, enough: str) -> str:
    return f"SELECT {', '.join(KEYS)}, {value} AS Value\nFROM\n(\n{tidy(text)}\n)\nWHERE {enough}"


def _ask_reliability(value: str, counted: str = "Runs", *, hours: int = 1, least: int = MIN_RUNS) -> str:
    text = fill_template("reliability", conditions=_since(hours), **_places())
    return _pick(text, f"toFloat64(assumeNotNull({value}))", f"{counted} >= {least}")


def _ask_coverage() -> str:
    text = fill_template("coverage", conditions=_since(1), **_places())
    return _pick(text, "toFloat64(assumeNotNull(Coverage))", f"Runs >= {MIN_RUNS}")


def _compare_cost() -> str:
    """Cost per success over the mean budget, of the runs that have a budget."""
    parts = fill_template("cost_parts_of_runs", conditions=f"{_since(24)} AND isNotNull(BudgetUsd)")
    text = fill_template("cost_per_outcome", parts=parts, **_places())
    names = ", ".join(KEYS)
    return (
        f"SELECT {names}, toFloat64(TotalUsd) / Successes / Budget AS Value\nFROM\n(\n{tidy(text)}\n) AS paid\n"
        f"INNER JOIN\n(\nSELECT {names}, avg(assumeNotNull(BudgetUsd)) AS Budget\nFROM runs_current\n"
        f"WHERE {_since(24)} AND isNotNull(BudgetUsd)\nGROUP BY {names}\n) AS planned USING ({names})\n"
        f"WHERE Successes >= {MIN_RUNS} AND Budget > 0"
    )


def _compare_latency() -> str:
    """A version's 95th percentile over that of the workflow's other versions."""
    names = ", ".join(KEYS)
    recent = "StartedAt >= now() - INTERVAL 6 HOUR"
    return (
        f"SELECT {names}, Version, any(Recent) / quantileExact(0.95)(DurationMs) AS Value\nFROM\n(\n"
        f"SELECT {names}, Version, DurationMs\nFROM runs_current\nWHERE {_since(24)}\n) AS others\nINNER JOIN\n(\n"
        f"SELECT {names}, Version AS Version, quantileExact(0.95)(DurationMs) AS Recent\nFROM runs_current\n"
        f"WHERE {recent}\nGROUP BY {names}, Version\nHAVING count() >= 100\n) AS measured USING ({names})\n"
        f"WHERE others.Version != measured.Version\n"
        f"GROUP BY {names}, measured.Version AS Version\nHAVING count() >= 100"
    )
