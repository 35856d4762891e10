"""`runvault coverage`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options, series_option, split_groups
from runvault.commands.runs import RUN_FILTERS
from runvault.render import make_console, print_json
from runvault.render_fleet import format_rate, render_coverage
from runvault.render_series import render_series

GROUPS = ("workflow", "version", "agent", "environment")


@click.command("coverage")
@click.option(
    "--group-by", default="workflow,version", show_default=True, help=f"any of {', '.join(GROUPS)}; '' for all"
)
@filter_options(*RUN_FILTERS)
@series_option
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """How complete the evidence is: runs with their root and without orphans."""
    page = client.get_json(
        "/v1/analytics/coverage",
        {"group_by": group_by, "interval": interval, "limit": 5000 if interval else None, **filters},
    )
    if as_json:
        print_json(page)
        return
    console, groups = make_console(), split_groups(group_by)
    if not page["items"]:
        console.print("no runs")
    elif interval:
        console.print("coverage", style="bold")
        console.print(render_series(page, groups, interval, console.width, "coverage", format_rate))
    else:
        console.print(render_coverage(page, groups, console.width))
