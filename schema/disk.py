"""The folder of the embedded engine: what is on its way in, and that what is in is on the disk."""

import ctypes
import os
from pathlib import Path

_syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def sync_file_system(path: Path) -> None:
    """syncfs(2) where there is one, sync(2) elsewhere. Raises OSError when something could not be written."""
    if _syncfs is None:
        os.sync()
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        if _syncfs(handle):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(handle)


def clear_incoming(path: Path) -> Path:
    """The folder of tables on their way into the embedded engine. What a killed process left there goes: its segment is
    still in the journal."""
    incoming = path / "incoming"
    incoming.mkdir(exist_ok=True, mode=0o700)
    for left in incoming.iterdir():
        left.unlink()
    return incoming
