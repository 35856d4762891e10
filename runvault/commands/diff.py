"""`runvault diff A B`."""

from urllib.parse import quote

import click

from runvault.client import ApiClient, reading_options, run_path
from runvault.render import make_console, print_json
from runvault.render_diff import print_diff


@click.command("diff")
@click.argument("a")
@click.argument("b")
@click.option("--all", "show_all", is_flag=True, help="show the steps that are the same, too")
@reading_options
def command(client: ApiClient, as_json: bool, a: str, b: str, show_all: bool) -> None:
    """Two runs side by side: where they part for the first time, and how each step differs.

    Ids and times differ always and are not compared.
    """
    diff = client.get_json(run_path(a, f"/diff/{quote(b, safe='')}"))
    if as_json:
        print_json(diff)
    else:
        print_diff(make_console(), diff, show_all)
