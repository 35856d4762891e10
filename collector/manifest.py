"""The make-up of the batch that is being loaded, written down before anything of it is inserted.

One file, overwritten in place and synced: its blocks are there from the start, so a full disk cannot keep the loader
from emptying the journal. It carries a checksum; one that was torn by a crash was never acted upon, so it names
nothing.
"""

import contextlib
import errno
import fcntl
import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

from collector.recovery import sync_directory
from schema.errors import JournalError

NAME = "loading.json"
SIZE = 16 << 10


class Manifest:
    """The manifest of one journal directory, locked: a journal has one loader."""

    def __init__(self, directory: Path) -> None:
        """Raises JournalError when another loader has this journal, OSError when the directory cannot be written."""
        self._directory = directory
        self._path = directory / NAME
        self._lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise JournalError(f"another loader has the journal {directory}") from error
        with contextlib.suppress(OSError):  # the disk may be full just now; then the first write tells
            if not self._path.exists() or self._path.stat().st_size < SIZE:
                self.write(self.read())
                sync_directory(directory)

    def read(self) -> list[str]:
        """Names of the segments of the batch at hand; none when there is no batch. Raises OSError."""
        try:
            content = json.loads(self._path.read_bytes())
            names = [str(name) for name in content["segments"]]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return []
        return names if content.get("checksum") == _sum(names) else []

    def write(self, names: Sequence[str]) -> None:
        """Note the segments of a batch, durably. Raises OSError."""
        data = json.dumps({"segments": list(names), "checksum": _sum(names)}).encode()
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            data = data.ljust(max(SIZE, os.fstat(file).st_size))
            if os.pwrite(file, data, 0) < len(data):
                raise OSError(errno.EIO, "the manifest was written in part")
            os.fdatasync(file)
        finally:
            os.close(file)

    def close(self) -> None:
        """Let another loader have the journal."""
        os.close(self._lock)


def _sum(names: Sequence[str]) -> int:
    return zlib.crc32("\n".join(names).encode())
