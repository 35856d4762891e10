"""`runvault journal list|retry|drop`: what waits, and what needs a person. A folder of files; no service is asked."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from collector.held import DEAD, QUARANTINE, HeldSegment, drop_segments, list_held, retry_segments
from runvault.build_journal import journal_directory
from runvault.options import read_options, serving_options
from runvault.render import clean_text, make_console, print_json


@click.group("journal")
def command() -> None:
    """Look into the journal; take dead segments up again, or drop them."""


@command.command("list")
@serving_options
@click.option("--json", "as_json", is_flag=True, help="print the segments as JSON")
def show(config: Path | None, as_json: bool, **options: Any) -> None:
    """Segments that wait, are dead (with the reason) or are in quarantine."""
    held = list_held(journal_directory(read_options(config, **options)))
    if as_json:
        print_json({"items": [segment.to_json() for segment in held]})
    elif held:
        make_console().print(render_segments(held))
    else:
        click.echo("the journal is empty")


@command.command("retry")
@serving_options
@click.argument("names", nargs=-1)
def retry(config: Path | None, names: tuple[str, ...], **options: Any) -> None:
    """Let the loader try dead segments again: those named, or all."""
    directory = journal_directory(read_options(config, **options))
    moved = retry_segments(directory, _choose(directory, names, (DEAD,)))
    click.echo(f"{moved} segments wait again")


@command.command("drop")
@serving_options
@click.option("--yes", is_flag=True, help="do not ask")
@click.argument("names", nargs=-1, required=True)
def drop(config: Path | None, names: tuple[str, ...], yes: bool, **options: Any) -> None:
    """Delete dead or quarantined segments for good. What was acknowledged is then lost."""
    directory = journal_directory(read_options(config, **options))
    chosen = _choose(directory, names, (DEAD, QUARANTINE))
    spans = sum(segment.spans or 0 for segment in chosen)
    if not yes:
        click.confirm(f"delete {len(chosen)} segments with {spans} spans for good?", abort=True)
    drop_segments(directory, chosen)
    click.echo(f"{len(chosen)} segments dropped")


def render_segments(held: Sequence[HeldSegment]) -> Table:
    """A line per segment."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("segment", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for name in ("age s", "spans", "bytes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for segment in held:
        spans = "-" if segment.spans is None else str(segment.spans)
        table.add_row(
            segment.name, segment.state, f"{segment.age_s:.0f}", spans, str(segment.bytes), clean_text(segment.reason)
        )
    return table


def _choose(directory: Path, names: Sequence[str], states: tuple[str, ...]) -> list[HeldSegment]:
    held = [segment for segment in list_held(directory) if segment.state in states]
    known = {segment.name for segment in held}
    unknown = [name for name in names if name not in known]
    if unknown:
        click.echo(f"runvault: no segment {clean_text(unknown[0])} is {' or '.join(states)}", err=True)
        sys.exit(1)
    return [segment for segment in held if segment.name in names or not names]
