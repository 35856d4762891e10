"""One Runvault per data directory. Imports nothing that counts: the lock comes before the folder of metrics is made."""

import fcntl
import os
import tempfile
from pathlib import Path

from schema.errors import ConfigError

FOLDERS = ("cache", "journal", "keys", "store")


def lock_directory(directory: Path) -> int:
    """Hold the data directory for this process. Raises ConfigError when another Runvault has it, or when it or a folder
    in it cannot be used."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"data_dir: {directory} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(f"data_dir: {directory} is in use by another Runvault") from error
    for name in FOLDERS:
        prepare_folder(directory / name)
    return lock


def prepare_folder(folder: Path) -> None:
    """Make a folder unless it is there, and try whether it can be written. Raises ConfigError."""
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(f"data_dir: {folder} cannot be used: {error.strerror}") from error
