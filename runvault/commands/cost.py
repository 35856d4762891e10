"""`runvault cost`, and what else is asked about money: `budgets`, `unpriced`, `reprice`."""

import sys
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.amounts import format_usd
from runvault.client import ApiClient, Json, Moment, filter_options, reading_options, series_option
from runvault.commands.runs import RUN_FILTERS
from runvault.groups import Question, group_option, show_groups
from runvault.render import make_console, print_json, render_cost
from runvault.render_budgets import render_budgets, render_unpriced
from runvault.render_fleet import format_rate
from runvault.render_reprice import add_answers, render_changes

QUESTION = Question(
    "/v1/analytics/cost-per-outcome", render_cost, "cost per success", "cost_per_success_usd", format_usd
)
BUDGETS = Question("/v1/analytics/budgets", render_budgets, "runs over a limit", "breach_rate", format_rate)
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


@click.group("cost", invoke_without_command=True)
@group_option("workflow", "version", "agent", "model", "tenant", "environment", "user")
@filter_options(*RUN_FILTERS)
@click.option("--min-cost-usd", help="only runs that cost at least this")
@click.option("-q", "--search", "q", help="text in ids, names, models, tools or the outcome's reason")
@series_option
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """What a success costs: all runs, failed ones included, over those that succeeded."""
    if click.get_current_context().invoked_subcommand is None:
        show_groups(QUESTION, client, as_json, group_by, interval, filters)


@command.command("budgets")
@group_option("workflow", "version", "agent", "environment")
@filter_options(*RUN_FILTERS)
@series_option
@reading_options
def budgets(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """How runs keep to their budgets: money, steps, tool calls, tokens."""
    show_groups(BUDGETS, client, as_json, group_by, interval, filters)


@command.command("unpriced")
@filter_options("workflow", "version", "agent", "environment", "model")
@reading_options
def unpriced(client: ApiClient, as_json: bool, **filters: Any) -> None:
    """Models that no price list knows: what calls of them cost is missing everywhere."""
    page = client.get_json("/v1/analytics/unpriced-models", filters)
    if as_json:
        print_json(page)
        return
    console = make_console()
    console.print(render_unpriced(page, console.width) if page["items"] else "every model has a price")


@command.command("reprice")
@click.option("--since", type=Moment(), required=True, help="calls from this time on, or 24h, 7d … ago")
@click.option("--until", type=Moment(), help="calls before this time")
@click.option("--apply", is_flag=True, help="write it; without this, only say what would change")
@reading_options
def reprice(client: ApiClient, as_json: bool, since: str, until: str | None, apply: bool) -> None:
    """Price calls anew by the price lists that the service has now.

    Old costs and lists stay visible in each run's record (docs/costs.md).
    """
    period = {"since": since} | ({"until": until} if until else {})
    parts = client.get_json("/v1/costs/reprice", period)["parts"]
    answers = []
    with Progress(*COLUMNS, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        for part in progress.track(range(parts), description="pricing" if apply else "looking"):
            answers.append(_ask(client, {**period, "part": part, "parts": parts, "apply": apply}))
    answer = add_answers(answers)
    if as_json:
        print_json(answer)
        return
    console = make_console()
    if not answer["calls"]:
        console.print("nothing changes: every call has the price that the lists have now")
        return
    console.print(render_changes(answer, console.width))
    said = "priced anew" if apply else "would change; add --apply to write it"
    total = f"{format_usd(answer['usd_before'])} → {format_usd(answer['usd'])}"
    console.print(f"{answer['calls']:,} calls of {answer['runs']:,} runs {said}: {total}", style="bold", soft_wrap=True)


def _ask(client: ApiClient, body: Json) -> Json:
    return client.post_json("/v1/costs/reprice", body)
