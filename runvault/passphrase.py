"""Where the opener's passphrase comes from. Never the settings file: that is the collectors' too."""

import os
import shlex
import subprocess
from pathlib import Path

from runvault.settings import Settings
from schema.errors import ConfigError

VARIABLE = "RUNVAULT_OPENER_PASSPHRASE"
COMMAND_S = 60
"""A key service that does not answer by then is given up."""


def find_passphrase(settings: Settings) -> str | None:
    """The passphrase by environment, file or command, whichever is there first. Raises ConfigError."""
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    if settings["opener.passphrase_file"]:
        return _read_file(Path(settings["opener.passphrase_file"]).expanduser())
    if settings["opener.passphrase_command"]:
        return _run_command(settings["opener.passphrase_command"])
    return None


def _read_file(path: Path) -> str:
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"opener.passphrase_file: cannot be read: {type(error).__name__}") from None


def _run_command(command: str) -> str:
    """What the command prints. Its errors go where ours go; what it prints goes nowhere else."""
    try:
        words = shlex.split(command)
        done = subprocess.run(words, stdout=subprocess.PIPE, timeout=COMMAND_S, check=True)  # noqa: S603 - the user's own
        return done.stdout.decode().rstrip("\r\n")
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ConfigError(f"opener.passphrase_command: failed: {type(error).__name__}") from None
