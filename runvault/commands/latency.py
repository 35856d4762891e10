"""`runvault latency`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options, series_option, split_groups
from runvault.render import format_ms, make_console, print_json, render_latency
from runvault.render_series import render_series

GROUPS = ("workflow", "version", "agent", "model", "tool", "step_type", "provider")


@click.command("latency")
@click.option(
    "--group-by", default="workflow,version", show_default=True, help=f"any of {', '.join(GROUPS)}; '' for all"
)
@click.option("--of", type=click.Choice(["run", "step"]), help="whole runs, or steps")
@filter_options("workflow", "version", "agent", "environment", "model", "tool")
@series_option
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """Latency percentiles of runs or steps."""
    page = client.get_json(
        "/v1/analytics/latency",
        {"group_by": group_by, "interval": interval, "limit": 5000 if interval else None, **filters},
    )
    if as_json:
        print_json(page)
        return
    console, groups = make_console(), split_groups(group_by)
    if not page["items"]:
        console.print("nothing measured")
    elif interval:
        console.print("95th percentile", style="bold")
        console.print(render_series(page, groups, interval, console.width, "p95_ms", format_ms))
    else:
        console.print(render_latency(page, groups, console.width))
