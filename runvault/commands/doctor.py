"""`runvault doctor`. A group, so that further examinations can stand beside the one that it does by itself."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from runvault.doctor import examine
from runvault.findings import Finding, State
from runvault.options import read_options, serving_options
from runvault.render import clean_text, make_console, print_json

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
