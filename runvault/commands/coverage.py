"""`runvault coverage`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options, series_option
from runvault.commands.runs import RUN_FILTERS
from runvault.groups import Question, group_option, show_groups
from runvault.render_fleet import format_rate, render_coverage

QUESTION = Question("/v1/analytics/coverage", render_coverage, "coverage", "coverage", format_rate)


@click.command("coverage")
@group_option("workflow", "version", "agent", "environment")
@filter_options(*RUN_FILTERS)
@series_option
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """How complete the evidence is: runs with their root and without orphans."""
    show_groups(QUESTION, client, as_json, group_by, interval, filters)
