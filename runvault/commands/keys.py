"""`runvault keys create|list|revoke|rotate`: works on the key file itself, so whoever may write there may make keys.

Every change is written into the audit trail before it is made.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from runvault.build_vault import build_trail
from runvault.options import Lifetime, data_options, read_options
from runvault.render import clean_text, make_console, print_json
from runvault.render_keys import describe_key, list_fields, render_keys
from runvault.settings import Settings
from vault.caller import DEFAULT_TENANT, Role, make_local_caller
from vault.key_file import Keys, change_keys, key_file, read_keys, read_last_used
from vault.keys import Key, make_key

_REASON = click.option("--reason", default="", help="why; stands in the audit trail")
_ROLES = click.Choice([role.value for role in Role])


@click.group("keys")
def command() -> None:
    """API keys: make, list, revoke, rotate. Running services notice at the next request."""


@command.command("create")
@data_options
@click.option("--tenant", default=DEFAULT_TENANT, show_default=True, help="whose data: stands whatever a span claims")
@click.option("--environment", default="", help="the only one it sends and reads; all, if not said")
@click.option("--role", "roles", type=_ROLES, multiple=True, required=True, help="may be repeated")
@click.option("--name", default="", help="for people")
@click.option("--spans-per-second", type=click.IntRange(0), default=0, help="0: no limit")
@click.option("--bytes-per-day", type=click.IntRange(0), default=0, help="of spans, decompressed; 0: no limit")
@click.option("--expires", type=Lifetime(), help="after 90d, 24h …; never, if not said")
@_REASON
def create(
    config: Path | None, data_dir: Path | None, roles: Sequence[str], expires: int | None, reason: str, **fields: Any
) -> None:
    """Make a key. It is printed once, on stdout, and kept nowhere."""
    settings = read_options(config, data_dir=data_dir)
    now = int(time.time())
    draft = Key("", "", **fields, roles=frozenset(map(Role, roles)), created_at=now)
    if not draft.tenant:
        raise click.UsageError("--tenant must not be empty")
    key, text = make_key(replace(draft, expires_at=now + expires if expires else None))
    with change_keys(key_file(settings.data_dir)) as keys:
        first = not keys
        _audit(settings, "key.create", key, reason)
        keys[key.id] = key
    click.echo(text)
    click.echo(f"key {key.id} of {describe_key(key)}. It is not shown again.", err=True)
    if first:
        click.echo("It is the first: from now on every request needs a key.", err=True)


@command.command("list")
@data_options
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def show(config: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Every key with its tenant, roles, limits, state and last use."""
    path = key_file(read_options(config, data_dir=data_dir).data_dir)
    keys, used = list(read_keys(path).values()), read_last_used(path)
    if as_json:
        print_json({"items": [list_fields(key, used.get(key.id)) for key in keys]})
    elif keys:
        console = make_console()
        console.print(render_keys(keys, used, time.time(), console.width))
    else:
        click.echo("no keys; on loopback everybody is tenant default")


@command.command("revoke")
@data_options
@click.argument("key_id")
@_REASON
def revoke(config: Path | None, data_dir: Path | None, key_id: str, reason: str) -> None:
    """End a key at once, for good."""
    settings = read_options(config, data_dir=data_dir)
    with change_keys(key_file(settings.data_dir)) as keys:
        key = _find(keys, key_id)
        if key.revoked_at is not None:
            raise click.ClickException(f"key {key_id} is revoked already")
        _audit(settings, "key.revoke", key, reason)
        keys[key_id] = replace(key, revoked_at=int(time.time()))
    click.echo(f"key {key_id} is revoked")


@command.command("rotate")
@data_options
@click.argument("key_id")
@click.option("--keep-for", type=Lifetime(), default="24h", show_default=True, help="how long the old one still works")
@_REASON
def rotate(config: Path | None, data_dir: Path | None, key_id: str, keep_for: int, reason: str) -> None:
    """Make a new key like this one; the old one works until everybody has the new one."""
    settings = read_options(config, data_dir=data_dir)
    now = int(time.time())
    with change_keys(key_file(settings.data_dir)) as keys:
        old = _find(keys, key_id)
        if old.revoked_at is not None:
            raise click.ClickException(f"key {key_id} is revoked; make a new one")
        lifetime = old.expires_at - old.created_at if old.expires_at else None
        key, text = make_key(replace(old, created_at=now, expires_at=now + lifetime if lifetime else None))
        _audit(settings, "key.rotate", old, reason, f"new key {key.id}")
        keys[key_id] = replace(old, expires_at=min(now + keep_for, old.expires_at or sys.maxsize))
        keys[key.id] = key
    click.echo(text)
    click.echo(f"key {key.id} of {describe_key(key)}. It is not shown again.", err=True)


def _audit(settings: Settings, action: str, key: Key, reason: str, detail: str = "") -> None:
    trail = build_trail(settings)
    trail.append(action, make_local_caller(key.tenant), key.id, reason, detail or describe_key(key))


def _find(keys: Keys, key_id: str) -> Key:
    if key_id not in keys:
        raise click.ClickException(f"no key has the id {clean_text(key_id)}")
    return keys[key_id]
