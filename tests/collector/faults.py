"""Faults for tests of the loader: a crash or an error of the store at the n-th point where one could happen.

A crash is a BaseException that nobody catches; the test then makes a new loader, as a new process would.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from collector import load, recovery
from collector.manifest import Manifest
from schema.errors import StoreUnavailable
from schema.store import Store


class Crash(BaseException):
    """The process dies here."""


class Faults:
    """Counts the points that are passed, and fails at the one that was asked for."""

    def __init__(self) -> None:
        self.make_error: Callable[[str], BaseException] | None = None
        self.left = 0
        self.passed: list[str] = []

    def arm(self, make_error: Callable[[str], BaseException], after: int) -> None:
        """Fail once, after so many points; the error is made from the point's name."""
        self.make_error, self.left = make_error, after

    def disarm(self) -> bool:
        """Fail no more; whether it had been asked for in vain."""
        waiting, self.make_error = self.make_error is not None, None
        return waiting

    def pass_point(self, name: str) -> None:
        """A place where a process may die."""
        self.passed.append(name)
        if self.make_error is None:
            return
        if self.left == 0:
            error, self.make_error = self.make_error(name), None
            raise error
        self.left -= 1


class FaultyStore(Store):
    """The real store, a point before and one after each write: there the store took it and the answer is lost."""

    def __init__(self, real: Store, faults: Faults) -> None:
        super().__init__(real.location, real._reading, real._writing)
        self._faults = faults

    def insert(self, table: str, data: pa.Table, token: str) -> None:
        """Insert between two points."""
        self._faults.pass_point(f"before {table}")
        super().insert(table, data, token)
        self._faults.pass_point(f"after {table}")

    def sync(self) -> None:
        """Sync between two points; a disk that fails shows here first."""
        self._faults.pass_point("before sync")
        super().sync()
        self._faults.pass_point("after sync")

    def command(self, sql: str, parameters: Any = None, *, tag: str = "test", spares_steps: bool = False) -> None:
        """Run between two points."""
        self._faults.pass_point(f"before {tag}")
        super().command(sql, parameters, tag=tag, spares_steps=spares_steps)
        self._faults.pass_point(f"after {tag}")


def patch_files(patch: pytest.MonkeyPatch, faults: Faults) -> None:
    """Points around the loader's own writes: the manifest, deleting and renaming segments, syncing the directory."""
    write, unlink, rename, sync = Manifest.write, os.unlink, os.rename, recovery.sync_directory

    def around(name: str, call: Any) -> Any:
        def wrapped(*arguments: Any) -> Any:
            faults.pass_point(f"before {name}")
            result = call(*arguments)
            faults.pass_point(f"after {name}")
            return result

        return wrapped

    patch.setattr(Manifest, "write", around("manifest", write))
    patch.setattr(os, "unlink", around("unlink", unlink))
    patch.setattr(os, "rename", around("rename", rename))
    patch.setattr(load, "sync_directory", around("sync", sync))


def die(_point: str) -> BaseException:
    """The process is killed."""
    return Crash()


def fail_outside(point: str) -> BaseException:
    """The disk fails where files are written, and the store where rows are."""
    if point.split()[1] in ("manifest", "unlink", "rename", "sync"):
        return OSError(errno.EIO, os.strerror(errno.EIO))
    return StoreUnavailable("the store is not reachable: test")


def leave_torn_segment(directory: Path, name: str, data: bytes, cut: int) -> None:
    """What a collector leaves behind that was killed in the middle of its last write."""
    (directory / f"{name}.open").write_bytes(data[: len(data) - cut])
