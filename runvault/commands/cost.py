"""`runvault cost`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options, series_option, split_groups
from runvault.commands.runs import RUN_FILTERS
from runvault.render import format_usd, make_console, print_json, render_cost
from runvault.render_series import render_series

GROUPS = ("workflow", "version", "agent", "model", "tenant", "environment", "user")


@click.command("cost")
@click.option(
    "--group-by", default="workflow,version", show_default=True, help=f"any of {', '.join(GROUPS)}; '' for all"
)
@filter_options(*RUN_FILTERS)
@click.option("--min-cost-usd", help="only runs that cost at least this")
@click.option("-q", "--search", "q", help="text in ids, names, models, tools or the outcome's reason")
@series_option
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """What a success costs: all runs, failed ones included, over those that succeeded."""
    page = client.get_json(
        "/v1/analytics/cost-per-outcome",
        {"group_by": group_by, "interval": interval, "limit": 5000 if interval else None, **filters},
    )
    if as_json:
        print_json(page)
        return
    console, groups = make_console(), split_groups(group_by)
    if not page["items"]:
        console.print("no runs")
    elif interval:
        console.print("cost per success", style="bold")
        console.print(render_series(page, groups, interval, console.width, "cost_per_success_usd", format_usd))
    else:
        console.print(render_cost(page, groups, console.width))
