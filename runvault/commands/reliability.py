"""`runvault reliability`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options, series_option
from runvault.commands.runs import RUN_FILTERS
from runvault.groups import Question, group_option, show_groups
from runvault.render_fleet import format_rate, render_reliability

QUESTION = Question("/v1/analytics/reliability", render_reliability, "completion rate", "completion_rate", format_rate)


@click.command("reliability")
@group_option("workflow", "version", "agent", "environment")
@filter_options(*RUN_FILTERS)
@series_option
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """How well runs do: completion, silent failures, tool errors, approvals, violations."""
    show_groups(QUESTION, client, as_json, group_by, interval, filters)
