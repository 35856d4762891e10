"""The key under which break-glass events are signed: a file of the API's, which the store does not have."""

import os
import secrets
from pathlib import Path

from schema.errors import ConfigError
from vault.files import hold_lock, replace_file

KEY_BYTES = 32


def load_event_key(path: Path) -> bytes:
    """The key in the file, made at first use. Raises ConfigError."""
    try:
        with hold_lock(path.with_name(path.name + ".lock")):
            if not path.exists():
                replace_file(path, secrets.token_bytes(KEY_BYTES))
            if os.stat(path).st_mode & 0o077:
                raise ConfigError(f"{path}: readable by others, expected mode 600")
            key = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{path}: expected {KEY_BYTES} bytes")
    return key
