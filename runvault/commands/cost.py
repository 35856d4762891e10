"""`runvault cost`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options, series_option
from runvault.commands.runs import RUN_FILTERS
from runvault.groups import Question, group_option, show_groups
from runvault.render import format_usd, render_cost

QUESTION = Question(
    "/v1/analytics/cost-per-outcome", render_cost, "cost per success", "cost_per_success_usd", format_usd
)


@click.command("cost")
@group_option("workflow", "version", "agent", "model", "tenant", "environment", "user")
@filter_options(*RUN_FILTERS)
@click.option("--min-cost-usd", help="only runs that cost at least this")
@click.option("-q", "--search", "q", help="text in ids, names, models, tools or the outcome's reason")
@series_option
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """What a success costs: all runs, failed ones included, over those that succeeded."""
    show_groups(QUESTION, client, as_json, group_by, interval, filters)
