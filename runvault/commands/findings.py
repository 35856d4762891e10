"""`runvault findings`."""

from typing import Any

import click

from api.amounts import NOTHING
from runvault.client import ApiClient, filter_options, reading_options, series_option
from runvault.groups import Question, show_groups
from runvault.render import format_count, make_console, print_json
from runvault.render_budgets import format_bytes, render_finding_groups, render_findings

PATH = "/v1/analytics/redaction"


def format_found(value: float | None) -> str:
    """A count of findings."""
    return NOTHING if value is None else format_count(value)


QUESTION = Question(PATH, render_finding_groups, "values replaced", "found", format_found, "no spans")


@click.command("findings")
@click.option("--group-by", default="", help="any of workflow, version, agent, environment; else by entity")
@filter_options("workflow", "version", "agent", "environment", "model")
@series_option
@reading_options
def command(client: ApiClient, as_json: bool, group_by: str, interval: str | None, **filters: Any) -> None:
    """What the redactor found and replaced: counts by kind, never a value."""
    if group_by or interval:
        show_groups(QUESTION, client, as_json, group_by, interval, filters)
        return
    summary = client.get_json(PATH, filters)
    if as_json:
        print_json(summary)
        return
    console = make_console()
    said = f"{summary['spans']:,} spans, {format_bytes(summary['bytes'])} of text, {summary['found']:,} values replaced"
    console.print(f"{said}; policy {summary['policy_version'] or '-'}", style="bold", soft_wrap=True)
    if summary["failed_closed"]:
        console.print(f"{summary['failed_closed']:,} failed closed: replaced unread", style="bold red")
    if summary["findings"]:
        console.print(render_findings(summary, console.width))
