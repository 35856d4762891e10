"""`runvault outcome RUN_ID STATUS`."""

import click

from runvault.client import ApiClient, Moment, reading_options, run_path
from runvault.render import clean_text, print_json


@click.command("outcome")
@click.argument("run_id")
@click.argument("status")
@click.option("--reason", help="why; redacted before it is stored")
@click.option("--source", default="cli", show_default=True, help="who says so")
@click.option("--at", type=Moment(), help="when it was so; now, if not said")
@click.option("--value-usd", type=float, help="what the outcome is worth")
@reading_options
def command(client: ApiClient, as_json: bool, run_id: str, **said: str | float | None) -> None:
    """Say how a run ended: success, failure, escalated, deflected, cancelled, unknown or a word of your own."""
    body = {name: value for name, value in said.items() if value is not None}
    answer = client.post_json(run_path(run_id, "/outcome"), body)
    if as_json:
        print_json(answer)
        return
    outcome = answer["outcome"]
    click.echo(f"{clean_text(run_id)}: {clean_text(outcome['status'])} stands, since {outcome['at']}")
