"""`runvault break-glass keygen|days|rotate|shred`: the opener's key file, and the public keys that collectors get.

Every change is written into the audit trail before it is made.
"""

import getpass
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.progress import track
from rich.table import Table

from runvault.options import data_options, read_options
from runvault.passphrase import find_passphrase
from runvault.render import clean_text, make_console, print_json
from runvault.settings import Settings
from schema.errors import ConfigError
from vault.audit import AuditTrail, audit_directory
from vault.caller import DEFAULT_TENANT, make_local_caller
from vault.files import hold_lock
from vault.key_file import key_file, read_keys
from vault.opener_file import OpenerFile, change_opener, make_opener, read_opener, write_opener
from vault.seal_keys import write_public_keys

_FILE = click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), help="the opener's key file; else opener.file"
)
_DAY = click.DateTime(["%Y-%m-%d"])
_TENANTS = click.option("--tenant", "tenants", multiple=True, help="may be repeated; all known tenants, if not said")
_REASON = click.option("--reason", default="", help="why; stands in the audit trail")


@click.command("keygen")
@data_options
@_FILE
@_TENANTS
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="from today on, in UTC")
@_REASON
def keygen(
    config: Path | None, data_dir: Path | None, file: Path | None, tenants: Sequence[str], days: int, reason: str
) -> None:
    """Make the keys of the coming days and publish their public halves. The first time, asks for a passphrase."""
    settings = read_options(config, data_dir=data_dir)
    path = _find_file(settings, file)
    if not path.exists():
        write_opener(path, make_opener(_ask_new(settings)))
        click.echo(f"{path}: made. Keep it, and its passphrase, where no collector can read them.", err=True)
    today = datetime.now(UTC).date()
    wanted = [today + timedelta(days=number) for number in range(days)]
    with change_opener(path) as opener:
        chosen = list(tenants) or _list_tenants(settings, opener)
        _audit(settings, "break-glass.keygen", chosen, reason, f"{days} days from {today}")
        made = sum(opener.add_days(tenant, wanted) for tenant in track_if_seen(chosen, "keys"))
    _publish(settings, path)
    click.echo(f"{made} keys made for {', '.join(map(clean_text, chosen))}, through {wanted[-1]}")
    click.echo(f"public keys: {settings.sealing_keys}", err=True)


@click.command("days")
@data_options
@_FILE
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def days(config: Path | None, data_dir: Path | None, file: Path | None, as_json: bool) -> None:
    """Which days of which tenants can be opened, and which were shredded."""
    opener = read_opener(_find_file(read_options(config, data_dir=data_dir), file))
    names = sorted({*opener.days, *opener.shredded})
    if as_json:
        items = [
            {"tenant": name, "days": sorted(opener.days.get(name, {})), "shredded": opener.shredded.get(name, {})}
            for name in names
        ]
        print_json({"items": items})
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("tenant", "first day", "last day"):
        table.add_column(heading, overflow="fold")
    for heading in ("days", "shredded"):
        table.add_column(heading, justify="right")
    for name in names:
        kept = sorted(opener.days.get(name, {}))
        first, last = (kept[0], kept[-1]) if kept else ("-", "-")
        table.add_row(clean_text(name), first, last, str(len(kept)), str(len(opener.shredded.get(name, {}))))
    make_console().print(table)


@click.command("rotate")
@data_options
@_FILE
@_REASON
def rotate(config: Path | None, data_dir: Path | None, file: Path | None, reason: str) -> None:
    """Put all day keys under a new opener key and a new passphrase. What was sealed stays as it is."""
    settings = read_options(config, data_dir=data_dir)
    path = _find_file(settings, file)
    old = find_passphrase(settings) or _prompt("old passphrase")
    with change_opener(path) as opener:
        unlocked = opener.unlock(old)
        new = unlocked.rotate(_prompt_twice("new passphrase"))
        _audit(settings, "break-glass.rotate", [DEFAULT_TENANT], reason, "new opener key")
        opener.public, opener.private, opener.salt, opener.cost = new.public, new.private, new.salt, new.cost
        opener.days = new.days
    click.echo(f"{path}: has a new opener key; copies of the old file still open with the old passphrase")


@click.command("shred")
@data_options
@_FILE
@click.option("--tenant", "tenants", multiple=True, help="whose originals; all tenants' with --before, if not said")
@click.option("--day", "chosen", type=_DAY, multiple=True, help="day of reception, UTC; may be repeated")
@click.option("--before", type=_DAY, help="all days before this one")
@click.option("--yes", is_flag=True, help="do not ask")
@_REASON
def shred(
    config: Path | None, data_dir: Path | None, file: Path | None, tenants: Sequence[str], chosen: Sequence[datetime],
    before: datetime | None, yes: bool, reason: str,
) -> None:  # fmt: skip
    """Forget the keys of days: what was sealed on them can be opened no more, in no copy of the store."""
    settings = read_options(config, data_dir=data_dir)
    path = _find_file(settings, file)
    if not (chosen and tenants) and before is None:
        raise click.UsageError("say which: --before, or --day with --tenant")
    with change_opener(path) as opener:
        doomed = _list_doomed(opener, tenants, [day.date() for day in chosen], before.date() if before else None)
        days = sorted({day for _, day in doomed})
        if not doomed:
            click.echo("nothing to shred")
            return
        told = f"{', '.join(sorted({clean_text(tenant) for tenant, _ in doomed}))}: {days[0]} to {days[-1]}"
        if not yes:
            click.confirm(f"shred the keys of {told}, for good?", abort=True)
        for tenant, day in doomed:
            _audit(settings, "break-glass.shred", [tenant], reason, str(day))
        shredded = sum(opener.shred_day(tenant, day) for tenant, day in doomed)
    _publish(settings, path)
    click.echo(f"{shredded} keys shredded of {told}")
    click.echo(f"delete them from every copy of {path} too: a copy made before still opens them", err=True)


def track_if_seen(names: Sequence[str], title: str) -> Any:
    """The names, with a bar when somebody looks on."""
    return track(names, title, console=make_console(), transient=True) if sys.stderr.isatty() else names


def _find_file(settings: Settings, file: Path | None) -> Path:
    path = file or (Path(settings["opener.file"]).expanduser() if settings["opener.file"] else None)
    if path is None:
        raise click.UsageError("say where the opener's key file is: --file, or opener.file in the settings")
    return path


def _list_tenants(settings: Settings, opener: OpenerFile) -> list[str]:
    """Those of the API keys, those that have days already, and the one of a service without keys."""
    of_keys = {key.tenant for key in read_keys(key_file(settings.data_dir)).values()}
    return sorted({*of_keys, *opener.days, DEFAULT_TENANT})


def _list_doomed(
    opener: OpenerFile, tenants: Sequence[str], chosen: Sequence[date], before: date | None
) -> list[tuple[str, date]]:
    """Tenants and days to shred: those chosen, whether they have a key or not, and those before a day that have one."""
    kept = [(tenant, date.fromisoformat(day)) for tenant, days in opener.days.items() for day in days]
    earlier = [one for one in kept if before and one[1] < before and (not tenants or one[0] in tenants)]
    return sorted({*earlier, *((tenant, day) for tenant in tenants for day in chosen)})


def _publish(settings: Settings, path: Path) -> None:
    """Collectors get what the key file holds by now: after a private key is on disk, and never an older state."""
    try:
        with hold_lock(path.with_name(path.name + ".publishing")):
            write_public_keys(settings.sealing_keys, read_opener(path).list_public())
    except OSError as error:
        raise ConfigError(f"{settings.sealing_keys}: cannot be written: {error.strerror}") from None


def _audit(settings: Settings, action: str, tenants: Sequence[str], reason: str, detail: str) -> None:
    trail = AuditTrail(audit_directory(settings.data_dir))
    for tenant in tenants:
        trail.append(action, make_local_caller(tenant), tenant, reason, detail)


def _ask_new(settings: Settings) -> str:
    return find_passphrase(settings) or _prompt_twice("passphrase of the new opener key")


def _prompt_twice(title: str) -> str:
    first = _prompt(title)
    if _prompt(f"{title}, again") != first:
        raise click.UsageError("the two passphrases differ")
    return first


def _prompt(title: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return getpass.getpass(f"{title}: ")
