"""`runvault dashboards`: boards and alert rules from code."""

import click

from dashboards.build import find_differences, write_files
from schema.errors import RunvaultError


@click.group("dashboards")
def command() -> None:
    """Grafana boards and alert rules, generated from code."""


@command.command("build")
@click.option("--check", is_flag=True, help="write nothing; exit status 1 when a file is not up to date")
def build(check: bool) -> None:
    """Write `dashboards/json/` and `dashboards/provisioning/`."""
    if not check:
        for path in write_files():
            click.echo(f"wrote {path.parent.name}/{path.name}")
        return
    stale = find_differences()
    if stale:
        names = ", ".join(f"{path.parent.name}/{path.name}" for path in stale)
        raise RunvaultError(f"not up to date: {names}; run runvault dashboards build")
    click.echo("up to date")
