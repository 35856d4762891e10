"""`runvault latency`."""

from typing import Any

import click

from api.amounts import format_ms
from runvault.client import ApiClient, filter_options, reading_options, series_option
from runvault.groups import Question, group_option, show_groups
from runvault.render import render_latency

QUESTION = Question("/v1/analytics/latency", render_latency, "95th percentile", "p95_ms", format_ms, "nothing measured")


@click.command("latency")
@group_option("workflow", "version", "agent", "model", "tool", "step_type", "provider")
@click.option("--of", type=click.Choice(["run", "step"]), help="whole runs, or steps")
@filter_options("workflow", "version", "agent", "environment", "model", "tool")
@series_option
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """Latency percentiles of runs or steps."""
    show_groups(QUESTION, client, as_json, group_by, interval, filters)
