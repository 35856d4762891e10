"""The short form of the kill test: any process or all, at random moments, under load with concurrent resends.
The long form is `python -m tests.apptest.kill_long --kills 200`."""

from pathlib import Path

import pytest

from tests.apptest.killing import kill_on

pytestmark = pytest.mark.service

KILLS = 8


def test_any_process_may_be_killed_at_any_moment(tmp_path: Path) -> None:
    figures = kill_on(tmp_path, KILLS, 1_200, seed=1)
    assert figures["acknowledged_requests"] > KILLS
    assert set(figures["victims"]) == {"collector", "parent", "all", "start"}
