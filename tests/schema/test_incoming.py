"""Tables on their way into the embedded engine stay inside its own folder, and leave it."""

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest

from schema.disk import clear_incoming, sync_file_system
from schema.store import Store

pytestmark = pytest.mark.engine


def test_an_insert_writes_nothing_outside_the_store(
    store: Store, engine_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not-there"))
    store.command("CREATE TABLE incoming_test (Name String, Number UInt64) ENGINE = MergeTree ORDER BY Number")
    rows = pa.table({"Name": ["it's", "back\\slash"], "Number": pa.array([1, 2], pa.uint64())})
    store.insert("incoming_test", rows, "token'\\1")
    found = store.query("SELECT Name, Number FROM incoming_test ORDER BY Number", tag="test")
    assert found == [{"Name": "it's", "Number": 1}, {"Name": "back\\slash", "Number": 2}]
    assert list((engine_path / "incoming").iterdir()) == []
    store.command("DROP TABLE incoming_test")


def test_what_a_kill_left_there_is_cleared_at_start(tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "left.arrow").write_bytes(b"rows of a killed loader")
    assert list(clear_incoming(tmp_path).iterdir()) == []


def test_a_file_system_is_synced(tmp_path: Path) -> None:
    sync_file_system(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_file_system(tmp_path / "not-there")
