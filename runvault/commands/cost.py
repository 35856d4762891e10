"""`runvault cost`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options
from runvault.commands.runs import RUN_FILTERS
from runvault.render import make_console, print_json, render_cost

GROUPS = ("workflow", "version", "agent", "model", "tenant", "environment", "user")


@click.command("cost")
@click.option(
    "--group-by", default="workflow,version", show_default=True, help=f"any of {', '.join(GROUPS)}; '' for all"
)
@filter_options(*RUN_FILTERS)
@click.option("--min-cost-usd", help="only runs that cost at least this")
@click.option("-q", "--search", "q", help="text in ids, names, models, tools or the outcome's reason")
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, **filters: Any) -> None:
    """What a success costs: all runs, failed ones included, over those that succeeded."""
    page = client.get_json("/v1/analytics/cost-per-outcome", {"group_by": group_by, **filters})
    if as_json:
        print_json(page)
        return
    console = make_console()
    groups = [group.strip() for group in group_by.split(",") if group.strip()]
    console.print(render_cost(page, groups, console.width) if page["items"] else "no runs")
