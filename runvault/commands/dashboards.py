"""`runvault dashboards`: boards and alert rules from code."""

import click

from dashboards.build import find_differences, write_files
from dashboards.publish import publish
from dashboards.rules import DATASOURCE_UID
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


@command.command("publish")
@click.option("--url", required=True, envvar="GRAFANA_URL", help="address of Grafana [env: GRAFANA_URL]")
@click.option("--token", required=True, envvar="GRAFANA_TOKEN", help="of a service account [env: GRAFANA_TOKEN]")
@click.option("--runbooks", required=True, help="address of a copy of docs/runbooks/, for the alerts' links")
@click.option("--datasource-uid", default=DATASOURCE_UID, show_default=True, help="that alert rules ask")
@click.option("--dry-run", is_flag=True, help="say what would change, change nothing")
def send(url: str, token: str, runbooks: str, datasource_uid: str, dry_run: bool) -> None:
    """Bring boards and alert rules of a running Grafana up to date; again, it changes nothing."""
    changes = publish(url, token, runbooks.rstrip("/"), datasource_uid, dry_run)
    for change in changes:
        click.echo(f"{change.action:<7}{change.name}")
    changed = sum(change.action != "keep" for change in changes)
    click.echo(f"{changed} {'would change' if dry_run else 'changed'}, {len(changes) - changed} left as they are")
