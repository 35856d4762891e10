"""`runvault doctor`. A group, so that further examinations can stand beside the one that it does by itself."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from collector.explain import Explained, explain_file
from collector.pricing import PriceBook
from collector.rules import parse_rules
from runvault.build_journal import build_price_file
from runvault.doctor import examine
from runvault.findings import Finding, State
from runvault.options import read_options, serving_options
from runvault.render import clean_text, make_console, print_json
from runvault.settings import load_settings

_STYLES = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red"}


@click.group("doctor", invoke_without_command=True)
@serving_options
@click.option("--url", envvar="RUNVAULT_URL", help="API of a running service that must be ready")
@click.option("--json", "as_json", is_flag=True, help="print the findings as JSON")
def command(config: Path | None, url: str | None, as_json: bool, **options: Any) -> None:
    """Check that this machine can run Runvault, and that a running one is well. Exits 1 when a check fails."""
    if click.get_current_context().invoked_subcommand is not None:
        return
    findings = examine(read_options(config, **options), url)
    healthy = all(finding.state is not State.FAIL for finding in findings)
    if as_json:
        print_json({"healthy": healthy, "items": [finding.to_json() for finding in findings]})
    else:
        make_console().print(render_findings(findings))
    sys.exit(0 if healthy else 1)


@command.command("mapping")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="settings file with the [mapping]")
@click.option("--json", "as_json", is_flag=True, help="print as JSON")
def show_mapping(file: Path, config: Path | None, as_json: bool) -> None:
    """Show what an OTLP/JSON or protobuf file of traces or logs would become. Values are shown as they are."""
    settings = load_settings(config)
    rules = parse_rules(settings.rules, settings.source) if settings.rules else None
    told = explain_file(file, rules, PriceBook(build_price_file(settings)))
    if as_json:
        print_json({"items": [asdict(one) for one in told]})
    else:
        make_console().print(render_explained(told))


def render_explained(told: Sequence[Explained]) -> Table:
    """A block per span or record: who understood it, as what, and its fields."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("span or record", overflow="fold")
    table.add_column("dialect", no_wrap=True)
    table.add_column("is", no_wrap=True)
    table.add_column("fields", overflow="fold")
    for one in told:
        fields = [f"{name} = {clean_text(value)}" for name, value in one.fields.items()]
        fields += [f"price: {clean_text(one.price)}"] if one.price else []
        fields += [f"kept as attributes: {clean_text(', '.join(one.unread))}"] if one.unread else []
        table.add_row(Text(clean_text(one.name)), Text(one.dialect), Text(one.step_type), Text("\n".join(fields)))
    return table


def render_findings(findings: Sequence[Finding]) -> Table:
    """A line per check; advice below what was found."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("found", overflow="fold")
    for finding in findings:
        style = _STYLES[finding.state]
        found = Text(clean_text(finding.found))
        if finding.advice:
            found.append(f"\n→ {clean_text(finding.advice)}", style=style)
        table.add_row(finding.check, Text(finding.state.value, style=style), found)
    return table
