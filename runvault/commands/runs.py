"""`runvault runs`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options
from runvault.render import make_console, print_json, render_runs

RUN_FILTERS = ("workflow", "version", "agent", "environment", "outcome", "model", "tool", "user", "side_effect")


@click.command("runs")
@filter_options(*RUN_FILTERS)
@click.option("--min-cost-usd", help="only runs that cost at least this")
@click.option("-q", "--search", "q", help="text in ids, names, models, tools or the outcome's reason")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@click.option("--cursor", help="where to go on, as the page before said")
@reading_options
def command(client: ApiClient, as_json: bool, **filters: Any) -> None:
    """Runs, newest first."""
    page = client.get_json("/v1/runs", filters)
    if as_json:
        print_json(page)
        return
    console = make_console()
    if not page["items"]:
        console.print("no runs")
        return
    console.print(render_runs(page, console.width))
    if page["next_cursor"]:
        console.print(f"more: --cursor {page['next_cursor']}", style="dim", soft_wrap=True)
