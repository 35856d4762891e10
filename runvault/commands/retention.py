"""`runvault retention show|apply|erase`."""

from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from runvault.client import ApiClient, reading_options
from runvault.render import make_console, print_json
from runvault.render_retention import (
    count_things,
    format_bytes,
    render_due,
    render_erasure,
    render_holdings,
    tell_files,
    tell_verdict,
)

PATH = "/v1/retention"


@click.group("retention")
def command() -> None:
    """How long what is kept: look, apply a changed policy, erase on request."""


@command.command("show")
@reading_options
def show(client: ApiClient, as_json: bool) -> None:
    """Lifetime, rows, bytes and age per environment and class; exit status 1 when anything is older than allowed."""
    answer = client.get_json(PATH)
    if as_json:
        print_json(answer)
    else:
        console = make_console()
        console.print(render_holdings(answer, console.width))
        for line in (*tell_files(answer), *tell_verdict(answer)):
            console.print(line)
    if not answer["holds"]:
        raise click.exceptions.Exit(1)


@command.command("apply")
@click.option("--dry-run", is_flag=True, help="only say what would go")
@click.option("--yes", is_flag=True, help="do not ask")
@reading_options
def apply(client: ApiClient, as_json: bool, dry_run: bool, yes: bool) -> None:
    """Put the policy that the service was started with in force, for old data too."""
    plan = client.post_json(f"{PATH}/apply", {"dry_run": True})
    if as_json and dry_run:
        print_json(plan)
        return
    if not as_json:
        _show_plan(plan)
    if dry_run or not (plan["items"] or plan["pending"]):
        return
    if not yes:
        click.confirm(
            f"let {count_things(plan['rows'], 'row')}, {format_bytes(plan['bytes'])}, go for good?",
            abort=True,
            err=True,
        )
    last = _follow(client, len(plan["items"]))
    if not last.get("done"):
        raise click.ClickException(f"it broke off: {last.get('detail', 'the answer ended early')}; apply again")
    if as_json:
        print_json(last)
    else:
        click.echo(f"gone: {count_things(last['rows'], 'row')}, {format_bytes(last['bytes'])}; the policy is in force")


@command.command("erase")
@click.option("--user", help="token of a user, as answers show it")
@click.option("--run", "run_id", help="id of a run")
@click.option("--dry-run", is_flag=True, help="only say what would go")
@click.option("--yes", is_flag=True, help="do not ask")
@reading_options
def erase(client: ApiClient, as_json: bool, dry_run: bool, yes: bool, **named: Any) -> None:
    """Erase everything of one run, or of all runs of a user."""
    if bool(named["user"]) == bool(named["run_id"]):
        raise click.UsageError("name either --run ID or --user TOKEN")
    wanted = {name: value for name, value in named.items() if value}
    plan = client.post_json(f"{PATH}/erase", {**wanted, "dry_run": True})
    if not as_json:
        make_console().print(render_erasure(plan))
    if not dry_run:
        if not yes:
            rows = count_things(sum(plan["rows"].values()), "row")
            click.confirm(f"erase {count_things(plan['runs'], 'run')}, {rows}?", abort=True, err=True)
        plan = client.post_json(f"{PATH}/erase", wanted)
    if as_json:
        print_json(plan)
        return
    click.echo(f"{'erased' if plan['erased'] else 'would be erased'}: {count_things(plan['runs'], 'run')}")
    for place, rows in plan["files"].items():
        if rows:
            click.echo(_ADVICE[place].format(rows=rows))


_ADVICE = {
    "waiting": "{rows} rows wait in the journal: erase again when they are loaded",
    "dead": "{rows} rows lie in dead/: see runvault journal list, then retry and erase again, or drop",
    "quarantine": "{rows} rows lie in quarantine/: see runvault journal list, then drop",
}


def _show_plan(plan: dict[str, Any]) -> None:
    console = make_console()
    if plan["items"]:
        console.print(render_due(plan, console.width))
        click.echo(f"would go: {count_things(plan['rows'], 'row')}, {format_bytes(plan['bytes'])}")
    else:
        click.echo("nothing would go" + ("" if plan["pending"] else "; the policy is in force already"))


def _follow(client: ApiClient, total: int) -> dict[str, Any]:
    """Apply, with a bar when somebody looks on; the answer's last line."""
    last: dict[str, Any] = {}
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("partitions", total=total)
        for last in client.post_lines(f"{PATH}/apply", {}):
            if "table" in last:
                progress.update(task, advance=1, description=f"{last['table']} {last['day']}")
    return last
