"""Room in the journal, its health, and segments written by earlier formats."""

from pathlib import Path

import pytest

from collector.health import read_journal_health
from collector.journal import Journal, JournalSettings
from collector.room import Room, RoomSettings, measure_journal
from collector.segment import FORMAT_VERSION, read_segment
from schema.errors import JournalError
from tests.collector.batches import make_batch

OLD_SEGMENTS = Path(__file__).parent.parent / "golden" / "journal"


def test_a_full_journal_refuses_for_now(tmp_path: Path) -> None:
    (tmp_path / "1-1-1.seg").write_bytes(bytes(100))
    (tmp_path / "other.txt").write_bytes(bytes(1000))
    assert measure_journal(tmp_path) == 100
    Room(RoomSettings(tmp_path, max_bytes=101, min_free_bytes=0)).check()
    with pytest.raises(JournalError, match="its bound") as refused:
        Room(RoomSettings(tmp_path, max_bytes=100, min_free_bytes=0)).check()
    assert refused.value.retryable


def test_a_nearly_full_disk_refuses_for_now(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="free"):
        Room(RoomSettings(tmp_path, min_free_bytes=1 << 60)).check()


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="No such file"):
        Room(RoomSettings(tmp_path / "gone")).check()


def test_health_counts_what_waits_and_what_needs_a_person(tmp_path: Path) -> None:
    journal = Journal(JournalSettings(tmp_path), "p")
    journal.append(make_batch(2)).result(10)
    journal.close()
    for place in ("dead", "quarantine"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "1.seg").touch()
        (tmp_path / place / "1.seg.reason").touch()
    health = read_journal_health(tmp_path)
    assert (health.segments, health.dead, health.quarantined) == (1, 1, 1)
    assert health.bytes == measure_journal(tmp_path) > 0
    assert 0 <= health.oldest_s < 60


@pytest.mark.parametrize("version", range(1, FORMAT_VERSION + 1))
def test_a_segment_of_every_format_so_far_is_read(version: int) -> None:
    segment = read_segment(OLD_SEGMENTS / f"format{version}.seg")
    assert (segment.rows, segment.broken_at) == (5, None)
    assert [table["SpanName"].to_pylist() for table in segment.batches] == [
        ["step 0", "step 1", "step 2"],
        ["step 0", "step 1"],
    ]
