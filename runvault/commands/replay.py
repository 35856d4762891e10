"""`runvault replay RUN_ID`."""

import click

from runvault.client import NDJSON, ApiClient, reading_options, run_path
from runvault.render import make_console, print_json
from runvault.render_replay import print_replay


@click.command("replay")
@click.argument("run_id")
@click.option("--jsonl", "as_lines", is_flag=True, help="print the event log, one JSON line per step")
@reading_options
def command(client: ApiClient, run_id: str, as_lines: bool, as_json: bool) -> None:
    """What a run did, step by step, and which step went wrong first."""
    if as_lines and as_json:
        raise click.UsageError("--json and --jsonl are two forms of one answer; choose one")
    if as_lines:
        click.echo(client.get_text(run_path(run_id, "/replay"), NDJSON), nl=False)
        return
    replay = client.get_json(run_path(run_id, "/replay"))
    if as_json:
        print_json(replay)
    else:
        print_replay(make_console(), replay)
