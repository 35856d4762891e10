"""An idle loader looks cheaply, and misses nothing that came."""

import time
from pathlib import Path

import pytest

from collector.recovery import GRAIN_S, LOOK_S, FolderWatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set by hand; it begins long after anything changed in the folder."""
    now = [time.time() + 1000]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def test_nothing_new_is_not_looked_at_again_for_a_while(tmp_path: Path, clock: list[float]) -> None:
    watch = FolderWatch(tmp_path)
    assert watch.is_worth_a_look()
    assert not watch.is_worth_a_look()
    clock[0] += LOOK_S / 2
    assert not watch.is_worth_a_look()
    clock[0] += LOOK_S
    assert watch.is_worth_a_look()


@pytest.mark.parametrize("change", ["new", "renamed", "gone"])
def test_a_change_is_seen_at_once(tmp_path: Path, clock: list[float], change: str) -> None:
    (tmp_path / "a.open").touch()
    watch = FolderWatch(tmp_path)
    assert watch.is_worth_a_look()
    assert not watch.is_worth_a_look()
    time.sleep(0.02)  # another tick of the file system's clock
    if change == "new":
        (tmp_path / "b.seg").touch()
    elif change == "renamed":
        (tmp_path / "a.open").rename(tmp_path / "a.seg")
    else:
        (tmp_path / "a.open").unlink()
    assert watch.is_worth_a_look()


def test_a_look_right_after_a_change_is_repeated(tmp_path: Path, clock: list[float]) -> None:
    # a second file in the same tick would leave the folder's time as it is
    clock[0] = tmp_path.stat().st_mtime + GRAIN_S / 2
    watch = FolderWatch(tmp_path)
    assert watch.is_worth_a_look()
    clock[0] += 0.1
    assert watch.is_worth_a_look()
    clock[0] += 0.1
    assert not watch.is_worth_a_look()
