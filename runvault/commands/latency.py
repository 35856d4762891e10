"""`runvault latency`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options
from runvault.render import make_console, print_json, render_latency

GROUPS = ("workflow", "version", "agent", "model", "tool", "step_type", "provider")


@click.command("latency")
@click.option(
    "--group-by", default="workflow,version", show_default=True, help=f"any of {', '.join(GROUPS)}; '' for all"
)
@click.option("--of", type=click.Choice(["run", "step"]), help="whole runs, or steps")
@filter_options("workflow", "version", "agent", "environment", "model", "tool")
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, **filters: Any) -> None:
    """Latency percentiles of runs or steps."""
    page = client.get_json("/v1/analytics/latency", {"group_by": group_by, **filters})
    if as_json:
        print_json(page)
        return
    console = make_console()
    groups = [group.strip() for group in group_by.split(",") if group.strip()]
    console.print(render_latency(page, groups, console.width) if page["items"] else "nothing measured")
