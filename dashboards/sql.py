"""SQL of panels: the templates of `schema/queries/`, bound to the board's variables and time range.

Macros and variables are the ClickHouse plugin's and Grafana's: `$__conditionalAll` drops a condition while its variable
says All, `:sqlstring` quotes. The range is half open, as the API's.
"""

import re

from schema.templates import fill_template

TENANT = "${tenant:sqlstring}"
TIME = "$__timeInterval({column}) AS time"
ROWS = 50_000
"""Of one answer: a series is cut at its newest end, so this is far over what a panel draws."""
THRESHOLD = 0.10
"""A smaller relative change is the same, as in the API."""


def choose(condition: str, variable: str) -> str:
    """A condition that holds only while its variable does not say All."""
    return f"$__conditionalAll({condition}, ${variable})"


def _join(*conditions: str) -> str:
    return "\n    AND ".join(condition for condition in conditions if condition)


OF_TENANT = f"Tenant = {TENANT}"
# rows lie in partitions by the day of their start, or in 1970's first where it is not believable: this leaves out
# whole partitions, which an index over the time does not
_FROM_DAY = "(Day >= toDate($__fromTime, 'UTC') OR Day = toDate('1970-01-01'))"
_DAYS = (_FROM_DAY, "Day <= toDate($__toTime, 'UTC')")
_OF_RUNS = (
    OF_TENANT,
    "StartedAt >= $__fromTime_ms",
    "StartedAt < $__toTime_ms",
    *_DAYS,
    choose("Environment IN (${environment:sqlstring})", "environment"),
    choose("Workflow IN (${workflow:sqlstring})", "workflow"),
    choose("Version IN (${version:sqlstring})", "version"),
    choose("hasAny(Models, [${model:sqlstring}])", "model"),
)
_OF_STEPS = (
    OF_TENANT,
    "AssembledAt > 0",
    "Timestamp >= $__fromTime_ms",
    "Timestamp < $__toTime_ms",
    *_DAYS,
    choose("Environment IN (${environment:sqlstring})", "environment"),
    choose("Workflow IN (${workflow:sqlstring})", "workflow"),
    choose("Version IN (${version:sqlstring})", "version"),
    choose("Model IN (${model:sqlstring})", "model"),
)
# joining drops the steps of other runs anyway: looking them up first pays only when some are chosen
_ONLY_CHOSEN = " ".join(
    f"AND {choose('RunId IN (SELECT RunId FROM chosen)', name)}"
    for name in ("environment", "workflow", "version", "model")
)
_COMMENT = re.compile(r"^\s*--.*\n", re.M)


def choose_runs(*more: str) -> str:
    """Which runs a panel is about."""
    return _join(*_OF_RUNS, *more)


def choose_runs_of_all() -> str:
    """The same runs of every tenant that the data source may read."""
    return _join(*(condition for condition in _OF_RUNS if condition != OF_TENANT))


def choose_held(*more: str) -> str:
    """Which rows of any table a panel about what is held counts: of all times."""
    return _join(OF_TENANT, choose("Environment IN (${environment:sqlstring})", "environment"), *more)


def choose_steps(*more: str) -> str:
    """Which steps a panel is about."""
    return _join(*_OF_STEPS, *more)


def ask_reliability(select: str, *keys: str, runs: str = "", tail: str = "") -> str:
    """From schema/queries/reliability.sql; `runs` is one more condition."""
    return _wrap(
        select, fill_template("reliability", conditions=choose_runs(runs), **_places(keys, "Runs")), keys, tail
    )


def ask_coverage(select: str, *keys: str, tail: str = "") -> str:
    """From schema/queries/coverage.sql."""
    return _wrap(select, fill_template("coverage", conditions=choose_runs(), **_places(keys, "Runs")), keys, tail)


def ask_cost(select: str, *keys: str, runs: str = "", tail: str = "") -> str:
    """From schema/queries/cost_per_outcome.sql; by model, runs are split by model. By tenant, of all tenants."""
    source = "cost_parts_by_model" if "Model" in keys else "cost_parts_of_runs"
    conditions = choose_runs_of_all() if "Tenant" in keys else choose_runs(runs)
    parts = fill_template(source, conditions=conditions, only_chosen=_ONLY_CHOSEN, days=f"AND {_FROM_DAY}")
    return _wrap(select, fill_template("cost_per_outcome", parts=parts, **_places(keys, "TotalUsd")), keys, tail)


def ask_run_latency(select: str, *keys: str, runs: str = "", tail: str = "") -> str:
    """From schema/queries/latency_of_runs.sql."""
    text = fill_template(
        "latency_of_runs",
        conditions=choose_runs(runs),
        only_chosen=_ONLY_CHOSEN,
        # first tokens are a join with the steps: a panel that shows none need not read them
        days=f"AND {_FROM_DAY}" if "FirstToken" in select else "AND 0",
        spread="",
        **_places(keys, "Count"),
    )
    return _wrap(select, text, keys, tail)


def ask_step_latency(select: str, *keys: str, steps: str = "", tail: str = "") -> str:
    """From schema/queries/latency_of_steps.sql; `steps` is one more condition."""
    conditions = choose_steps("IsCall = 1", steps)
    text = fill_template("latency_of_steps", conditions=conditions, **_places(keys, "Count", "Timestamp"))
    return _wrap(select, text, keys, tail)


def ask_budgets(select: str, *keys: str, tail: str = "") -> str:
    """From schema/queries/budgets.sql."""
    return _wrap(select, fill_template("budgets", conditions=choose_runs(), **_places(keys, "Runs")), keys, tail)


def ask_redaction(select: str, *keys: str, tail: str = "") -> str:
    """From schema/queries/redaction.sql."""
    text = fill_template("redaction", conditions=choose_steps(), **_places(keys, "Spans", "Timestamp"))
    return _wrap(select, text, keys, tail)


def ask_unpriced(select: str, tail: str = "") -> str:
    """From schema/queries/unpriced_models.sql."""
    return _wrap(select, fill_template("unpriced_models", conditions=choose_steps()), (), tail)


def ask_comparison(select: str, side: str, tail: str = "") -> str:
    """From schema/queries/compare_verdicts.sql; `side` says on which side a run is."""
    sides = fill_template("compare", conditions=choose_runs(), side=side)
    return _wrap(select, fill_template("compare_verdicts", sides=sides), (), tail)


def tidy(sql: str, limit: int = ROWS) -> str:
    """A statement as a board holds it: without our comments, the API's parameters filled in."""
    text = _COMMENT.sub("", sql).replace("{tenant:String}", TENANT)
    text = text.replace("{threshold:Float64}", str(THRESHOLD))
    return text.replace("{limit:UInt32}", str(limit)).replace("{offset:UInt32}", "0").strip()


def _places(keys: tuple[str, ...], measure: str, column: str = "StartedAt") -> dict[str, str]:
    """Fragments for groups by columns; the key `time` is the panel's interval."""
    selected = [TIME.format(column=column) if key == "time" else key for key in keys]
    return {
        "keys": "".join(f"{key}, " for key in selected),
        "group_by": f"GROUP BY {', '.join(keys)}" if keys else "",
        "order": ", ".join(["time"] * ("time" in keys) + [f"{measure} DESC", *(key for key in keys if key != "time")]),
    }


def _wrap(select: str, text: str, keys: tuple[str, ...], tail: str) -> str:
    names = "".join(f"{key}, " for key in keys)
    order = "\nORDER BY time" if "time" in keys else ""
    end = f"\n{tail}" if tail else order
    return f"SELECT {names}{select}\nFROM\n(\n{tidy(text)}\n){end}"
