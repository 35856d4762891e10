"""One Runvault per data directory. Imports nothing that counts: the lock comes before the folder of metrics is made."""

import fcntl
import os
from pathlib import Path

from schema.errors import ConfigError


def lock_directory(directory: Path) -> int:
    """Hold the data directory for this process. Raises ConfigError when another Runvault has it."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"data_dir: {directory} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(f"data_dir: {directory} is in use by another Runvault") from error
    return lock
