"""`runvault score RUN_ID NAME`."""

import click

from runvault.client import ApiClient, reading_options, run_path
from runvault.render import make_console, print_json
from runvault.render_said import describe_score


@click.command("score")
@click.argument("run_id")
@click.argument("name")
@click.option("--value", type=float, help="a number")
@click.option("--label", help="a word, as pass or fail")
@click.option("--explanation", help="why; redacted before it is stored")
@click.option("--source", default="cli", show_default=True, help="who says so")
@reading_options
def command(client: ApiClient, as_json: bool, run_id: str, **said: str | float | None) -> None:
    """Give a run a score: a value, a label or both. Of one name and source the latest stands."""
    body = {name: value for name, value in said.items() if value is not None}
    answer = client.post_json(run_path(run_id, "/scores"), body)
    if as_json:
        print_json(answer)
        return
    console = make_console()
    for score in answer["scores"]:
        console.print(describe_score(score), soft_wrap=True)
