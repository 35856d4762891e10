"""`runvault redact`."""

import secrets
import sys
import tomllib
from pathlib import Path

import click

from redaction.policy import Policy
from redaction.policy_file import default_policy, policy_from_mapping
from redaction.redactor import Redactor
from redaction.tokens import load_or_create_key
from schema.errors import ConfigError


@click.command()
@click.option("--policy", "policy_file", type=click.Path(path_type=Path, dir_okay=False), help="TOML policy file")
@click.option("--key-file", type=click.Path(path_type=Path, dir_okay=False), help="key of the tokens; else a new one")
@click.option("--tenant", default="default", show_default=True, help="tokens are consistent within a tenant")
def command(policy_file: Path | None, key_file: Path | None, tenant: str) -> None:
    """Redact standard input to standard output; say what was found, never the value, on standard error."""
    policy = _read_policy(policy_file) if policy_file else default_policy()
    key = load_or_create_key(key_file) if key_file else secrets.token_bytes(32)
    redaction = Redactor(policy, key).redact(sys.stdin.buffer.read().decode("utf-8", "replace"), tenant)
    sys.stdout.write(redaction.text)
    for entity, count in sorted(redaction.findings.items()):
        click.echo(f"{entity} {count}", err=True)
    if redaction.failed:
        click.echo(f"failed closed {redaction.failed}", err=True)


def _read_policy(file: Path) -> Policy:
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not TOML: {error}") from error
    return policy_from_mapping(document.get("redaction", document), str(file))
