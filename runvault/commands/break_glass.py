"""`runvault break-glass request|list|approve|deny|open` ask the API; `keygen|days|rotate|shred` work on the key file.
The latter are in `break_glass_keys.py`."""

import os

import click

from runvault.client import ApiClient, Json, reading_options
from runvault.commands.break_glass_keys import days, keygen, rotate, shred
from runvault.passphrase import VARIABLE
from runvault.render import clean_text, make_console, print_json
from runvault.render_glass import print_opened, render_request, render_requests

PATH = "/v1/break-glass"


@click.group("break-glass")
def command() -> None:
    """Open what was redacted: asked by one, approved by another, written down."""


for _command in (keygen, days, rotate, shred):
    command.add_command(_command)


@command.command("request")
@click.argument("run_id")
@click.option("--reason", required=True, help="why; redacted before it is stored")
@click.option("--ticket", required=True, help="incident or case")
@click.option("--minutes", type=click.IntRange(1), default=60, show_default=True, help="from the last approval on")
@reading_options
def request(client: ApiClient, as_json: bool, run_id: str, reason: str, ticket: str, minutes: int) -> None:
    """Ask to open the originals of a run. Needs the role responder."""
    body = {"run_id": run_id, "reason": reason, "ticket": ticket, "minutes": minutes}
    _show(client.post_json(PATH, body), as_json)


@command.command("list")
@click.option("--state", type=click.Choice(["pending", "approved", "denied", "over"]), help="only these")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@reading_options
def show(client: ApiClient, as_json: bool, state: str | None, limit: int) -> None:
    """Requests of the last 90 days, newest first."""
    page = client.get_json(PATH, {"state": state, "limit": limit})
    if as_json:
        print_json(page)
    elif page["items"]:
        console = make_console()
        console.print(render_requests(page["items"], console.width))
    else:
        click.echo("no requests")


@command.command("approve")
@click.argument("request_id")
@reading_options
def approve(client: ApiClient, as_json: bool, request_id: str) -> None:
    """Approve somebody else's request. Needs the role approver."""
    _show(client.post_json(f"{PATH}/{request_id}/approve", {}), as_json)


@command.command("deny")
@click.argument("request_id")
@reading_options
def deny(client: ApiClient, as_json: bool, request_id: str) -> None:
    """Deny somebody else's request. Needs the role approver."""
    _show(client.post_json(f"{PATH}/{request_id}/deny", {}), as_json)


@command.command("open")
@click.argument("request_id")
@click.option(
    "--ask-passphrase", is_flag=True, help=f"ask for the opener's passphrase; else {VARIABLE}, or the service's"
)
@reading_options
def open_originals(client: ApiClient, as_json: bool, request_id: str, ask_passphrase: bool) -> None:
    """Replay the run with its originals in place, marked. Only who asked may, while the window is open."""
    passphrase = click.prompt("passphrase", hide_input=True, err=True) if ask_passphrase else os.environ.get(VARIABLE)
    answer = client.post_json(f"{PATH}/{request_id}/open", {"passphrase": passphrase} if passphrase else {})
    if as_json:
        print_json(answer)
    else:
        print_opened(make_console(), answer)


def _show(answer: Json, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    make_console().print(render_request(answer))
    if answer["state"] == "pending":
        click.echo(f"waits for approval: runvault break-glass approve {clean_text(answer['id'])}", err=True)
