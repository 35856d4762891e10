"""A small disk for tests: a tmpfs, where this machine lets us mount one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A tmpfs of that size at `place`; the test is skipped where mounting is not allowed."""
    place.mkdir(parents=True, exist_ok=True)
    made = run("mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(place))
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    try:
        yield place
    finally:
        run("umount", "--lazy", str(place))


def remount(place: Path, how: str) -> None:
    """Make it `ro` or `rw`."""
    done = run("mount", "-o", f"remount,{how}", str(place))
    assert done.returncode == 0, done.stderr


def fill(place: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    return ballast


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the system."""
    return subprocess.run(command, check=False, capture_output=True, text=True)
