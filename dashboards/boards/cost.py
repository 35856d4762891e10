"""Cost per outcome: what a success costs, where the money goes, and what was wasted."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.panels import About, Panel, make_series, make_stat, make_table
from dashboards.sql import ask_budgets, ask_cost, ask_unpriced, choose_runs

PER_SUCCESS = "if(Successes = 0, NULL, toFloat64(TotalUsd) / Successes)"
WASTED_SHARE = "if(TotalUsd = 0, NULL, toFloat64(WastedUsd) / toFloat64(TotalUsd))"
GROUP = (
    f'Runs, Successes, toFloat64(TotalUsd) AS "Total", {PER_SUCCESS} AS "Per success",\n'
    '    toFloat64(TotalUsd) / Runs AS "Per run", toFloat64(WastedUsd) AS "Wasted"'
)
OVER_LIMIT = {"usd": "Over money", "steps": "Over steps", "tool_calls": "Over tool calls", "tokens": "Over tokens"}
COLUMNS = {"Total": "currencyUSD", "Per success": "currencyUSD", "Per run": "currencyUSD", "Wasted": "currencyUSD"}


def build_cost() -> Dashboard:
    """The board for finance."""
    return make_board(
        "cost",
        "Cost per outcome",
        "Model, tool and review cost of all runs over those that succeeded.",
        [
            show_total(), show_per_success(), show_wasted(), show_unpriced(), show_breaches(), show_review(),
            draw_per_success(), draw_wasted(), list_groups("Workflow", "Version"), list_groups("Model"),
            list_tenants(), draw_parts(), draw_models(), draw_breaches(), list_limits(), list_unpriced(),
            list_breaches(),
        ],
    )  # fmt: skip


def show_total() -> Panel:
    about = About(
        "Total cost", "Model, tool and review cost of the runs that started in the range.", "currencyUSD", 4, 4
    )
    return make_stat(about, ask_cost("toFloat64(TotalUsd) AS Usd"))


def show_per_success() -> Panel:
    about = About("Cost per success", "What all runs cost over those that succeeded.", "currencyUSD", 4, 4)
    return make_stat(about, ask_cost(f"{PER_SUCCESS} AS CostPerSuccess"))


def show_wasted() -> Panel:
    about = About(
        "Wasted", "Cost of runs that failed, were cancelled or were escalated, over all cost.", "percentunit", 4, 4
    )
    return make_stat(about, ask_cost(f"{WASTED_SHARE} AS Wasted"))


def show_unpriced() -> Panel:
    about = About(
        "Unpriced runs", "Runs that used a model without a price: their cost is too low.", "short", 4, 4, most=1
    )
    return make_stat(about, ask_cost("UnpricedRuns"))


def show_breaches() -> Panel:
    about = About("Budget breaches", "Runs that cost more than their budget.", "short", 4, 4, most=1)
    return make_stat(about, ask_cost("BudgetBreaches"))


def show_review() -> Panel:
    about = About("Human review", "Cost of human review: minutes times rate.", "currencyUSD", 4, 4)
    return make_stat(about, ask_cost("toFloat64(ReviewUsd) AS Usd"))


def draw_per_success() -> Panel:
    about = About("Cost per success by workflow", "What all runs cost over those that succeeded.", "currencyUSD")
    return make_series(about, ask_cost(f"{PER_SUCCESS} AS CostPerSuccess", "time", "Workflow"))


def draw_wasted() -> Panel:
    about = About("Wasted by workflow", "Cost of runs that failed, were cancelled or were escalated.", "currencyUSD")
    return make_series(about, ask_cost("toFloat64(WastedUsd) AS Usd", "time", "Workflow"))


def draw_parts() -> Panel:
    about = About("Cost by kind", "Model calls, tools and human review.", "currencyUSD")
    select = "toFloat64(ModelUsd) AS Model, toFloat64(ToolUsd) AS Tool, toFloat64(ReviewUsd) AS Review"
    return make_series(about, ask_cost(select, "time"))


def draw_models() -> Panel:
    about = About(
        "Cost of models over time",
        "What calls of each model cost; without a name what no model cost.",
        "currencyUSD",
    )
    return make_series(about, ask_cost("toFloat64(TotalUsd) AS Usd", "time", "Model"))


def list_groups(*keys: str) -> Panel:
    """A table by some columns."""
    names = " and ".join(key.lower() for key in keys)
    about = About(f"Cost by {names}", "Dearest first.", "short", 12, 9, columns=COLUMNS)
    return make_table(about, ask_cost(GROUP, *keys, tail='ORDER BY "Total" DESC'), runs=())


def list_tenants() -> Panel:
    about = About(
        "Cost by tenant",
        "Dearest first, of all tenants that the data source may read, whichever is chosen above.",
        "short", 24, 7, columns=COLUMNS,
    )  # fmt: skip
    sql = ask_cost(GROUP, "Tenant", tail='ORDER BY "Total" DESC')
    return make_table(about, sql, runs=(), tenants=("Tenant",))


def draw_breaches() -> Panel:
    about = About(
        "Runs over a limit", "Of runs that have a budget, those that passed one of its limits.", "percentunit"
    )
    return make_series(about, ask_budgets("BreachRate", "time", "Workflow"))


def list_limits() -> Panel:
    shares = {"Over": "percentunit", "Used": "percentunit", "p95 used": "percentunit"}
    money = {"Allowed": "currencyUSD", "Spent": "currencyUSD"}
    about = About(
        "Budgets", "How many runs passed which limit, and how much of the money allowed was used.", "short", 12, 8,
        columns={**shares, **money},
    )  # fmt: skip
    limits = ", ".join(
        f"Breaches.2[indexOf(Breaches.1, '{name}')] AS \"{label}\"" for name, label in OVER_LIMIT.items()
    )
    select = (
        'BudgetedRuns AS "With a budget", BreachedRuns AS "Breached", BreachRate AS "Over",\n'
        f'    {limits},\n    AllowedUsd AS "Allowed", toFloat64(SpentUsd) AS "Spent", UsedShare AS "Used",\n'
        '    UsedShareP95 AS "p95 used"'
    )
    return make_table(about, ask_budgets(select, "Workflow", tail='ORDER BY "Breached" DESC'), runs=())


def list_unpriced() -> Panel:
    columns = {"First seen": "dateTimeAsIso", "Last seen": "dateTimeAsIso"}
    about = About(
        "Models without a price", "Runs that called them are dearer than shown.", "short", 12, 8, columns=columns
    )
    select = (
        'Provider, Model, Spans AS "Calls", Runs, TotalInputTokens AS "Tokens in", TotalOutputTokens AS "Tokens out",\n'
        '    fromUnixTimestamp64Nano(FirstNs) AS "First seen", fromUnixTimestamp64Nano(LastNs) AS "Last seen"'
    )
    return make_table(about, ask_unpriced(select), runs=())


def list_breaches() -> Panel:
    about = About(
        "Runs over their budget", "Furthest over first.", "currencyUSD", 12, 8, columns={"Started": "dateTimeAsIso"}
    )
    sql = (
        'SELECT RunId AS "Run", StartedAt AS "Started", Workflow, toFloat64(CostUsd) AS "Cost", BudgetUsd AS "Budget"\n'
        f"FROM runs_current\nWHERE {choose_runs('BudgetBreached = 1')}\n"
        "ORDER BY toFloat64(CostUsd) - BudgetUsd DESC, RunId\nLIMIT 100"
    )
    return make_table(about, sql)
