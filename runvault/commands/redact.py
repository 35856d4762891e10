"""`runvault redact`."""

import secrets
import sys
from pathlib import Path

import click

from redaction.places import FIELDS
from redaction.policy_file import default_policy, read_policy
from redaction.redactor import Redactor
from redaction.tokens import load_keys
from redaction.tokens import rotate_key as add_key

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--policy", "policy_file", type=_FILE, help="policy to try, YAML or TOML; else the default policy")
@click.option("--key-file", type=_FILE, help="key of the tokens; else a new one, used once")
@click.option("--tenant", default="default", show_default=True, help="tokens are consistent within a tenant")
@click.option("--environment", default="", help="try the rules of this environment")
@click.option(
    "--field", type=click.Choice(FIELDS), default=None, help="try the rules of this column and its data class"
)
@click.option("--rotate-key", is_flag=True, help="put a new key before those in --key-file, and do nothing else")
def command(
    policy_file: Path | None,
    key_file: Path | None,
    tenant: str,
    environment: str,
    field: str | None,
    rotate_key: bool,
) -> None:
    """Redact standard input to standard output; say what was found, never the value, on standard error."""
    if rotate_key:
        _rotate(key_file)
        return
    policy = read_policy(policy_file) if policy_file else default_policy()
    key = load_keys(key_file)[0] if key_file else secrets.token_bytes(32)
    redactor = Redactor(policy, key, seals=True)  # trying a policy seals nothing: the token shows what is written
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    redaction = redactor.at(tenant, environment, field or "").redact(text)
    sys.stdout.write(redaction.text)
    for entity, count in sorted(redaction.findings.items()):
        click.echo(f"{entity} {count}", err=True)
    if redaction.failed:
        click.echo(f"failed closed {redaction.failed}", err=True)


def _rotate(key_file: Path | None) -> None:
    if key_file is None:
        raise click.UsageError("--rotate-key needs --key-file")
    add_key(key_file)
    click.echo(f"{key_file}: {len(load_keys(key_file))} keys, the newest makes tokens from the next start on", err=True)
