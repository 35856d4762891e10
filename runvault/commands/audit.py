"""`runvault audit list|verify|export`: asks the API, with a key of an administrator."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from runvault.client import ApiClient, Moment, reading_options
from runvault.render import make_console, print_json
from runvault.render_audit import render_chains, render_entries
from vault.audit_check import encode_line
from vault.audit_export import VERIFIER, build_verifier


@click.group("audit")
def command() -> None:
    """Who read what: list, verify and export the audit trail."""


@command.command("list")
@click.option("--action", multiple=True, help="only these, such as run.replay; may be repeated")
@click.option("--key-id", multiple=True, help="only by these keys; may be repeated")
@click.option("--object", "object", multiple=True, help="only of these runs, keys …; may be repeated")
@click.option("--since", type=Moment(), help="from this time on, or 24h, 7d … ago")
@click.option("--until", type=Moment(), help="before this time")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@click.option("--cursor", help="where to go on, as the page before said")
@reading_options
def show(client: ApiClient, as_json: bool, **filters: Any) -> None:
    """Entries, newest first."""
    page = client.get_json("/v1/audit", filters)
    if as_json:
        print_json(page)
        return
    console = make_console()
    console.print(render_entries(page["items"], console.width) if page["items"] else "no entries")
    if page["next_cursor"]:
        console.print(f"more: --cursor {page['next_cursor']}", style="dim", soft_wrap=True)


@command.command("verify")
@reading_options
def verify(client: ApiClient, as_json: bool) -> None:
    """Whether every chain holds, against the signed heads. Exits 1 when one does not, and says what was done to it."""
    report = client.get_json("/v1/audit/verify")
    if as_json:
        print_json(report)
    else:
        make_console().print(render_chains(report))
    sys.exit(0 if report["holds"] else 1)


@command.command("export")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@reading_options
def export(client: ApiClient, as_json: bool, directory: Path) -> None:
    """Write the trail as JSON lines, with its signed heads and a program that verifies it with Python alone."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = 0
    columns = (SpinnerColumn(), TextColumn("{task.completed} entries"))
    progress = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())
    with progress, (directory / "entries.jsonl").open("wb") as file:
        task = progress.add_task("entries")
        for page in walk_pages(client, "/v1/audit/export"):
            file.writelines(encode_line(entry) for entry in page)
            written += len(page)
            progress.update(task, completed=written)
    heads = client.get_json("/v1/audit/heads")
    (directory / "heads.jsonl").write_bytes(b"".join(encode_line(head) for head in heads["items"]))
    (directory / "public-keys.json").write_text(json.dumps(heads["public_keys"], indent=1) + "\n")
    (directory / VERIFIER).write_text(build_verifier())
    if as_json:
        print_json({"directory": str(directory), "entries": written, "heads": len(heads["items"])})
    else:
        click.echo(f"{written} entries in {directory}; verify them anywhere: cd {directory} && python3 {VERIFIER}")


def walk_pages(client: ApiClient, path: str) -> Iterator[list[dict[str, Any]]]:
    """The items of each page of a list."""
    cursor = None
    while True:
        page = client.get_json(path, {"cursor": cursor})
        yield page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return
