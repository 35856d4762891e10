"""`runvault migrate` by two processes at the same moment, on an empty server: one does it, the other waits for it.

The server is a stand-in (tests/standin/clickhouse.py, which says what it does not prove).
"""

import contextlib
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from schema.migrate import list_migrations
from tests.apptest.parts import Part, pick_port, wait_until_alive

pytestmark = pytest.mark.service


def test_two_that_migrate_at_once_do_it_once(tmp_path: Path) -> None:
    port, fault_file = pick_port(), tmp_path / "fault"
    fault_file.write_text("ok")
    config = tmp_path / "runvault.toml"
    config.write_text(f'[store]\nurl = "http://default:@127.0.0.1:{port}/default"\n')
    standin = Part("tests.standin.clickhouse", str(tmp_path / "store"), str(port), str(fault_file),
                   log_file=tmp_path / "standin.log")  # fmt: skip
    with contextlib.ExitStack() as ending:
        ending.callback(standin.end, signal.SIGKILL)
        standin.start()
        wait_until_alive(f"http://127.0.0.1:{port}/ping")
        command = [sys.executable, "-m", "runvault", "migrate", "--config", str(config),
                   "--data-dir", str(tmp_path / "data")]  # fmt: skip
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    applied = [re.findall(r"^applied (\d+)", out, re.M) for out, _errors in said]
    assert sorted(applied) == [[], [f"{migration.version:04d}" for migration in list_migrations()]]
