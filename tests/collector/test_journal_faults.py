"""Faults of disks and of senders: what was acknowledged stays, what was not is told, and the journal goes on by itself.

The disk's errors are injected in this process, by replacing calls of `os` (a fault-injecting layer, no real disk).
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.journal import Journal, JournalSettings
from collector.recovery import list_segments, recover_segments
from collector.segment import encode_header, encode_record, read_segment
from schema.errors import JournalError
from tests.collector.batches import make_batch

AGE_S = 60.0
"""Long enough for one segment to take all."""


def fail_with(code: int, times: list[int]) -> Callable[..., Any]:
    """A call that always fails so, and notes that it was made."""

    def fail(*_arguments: Any) -> Any:
        times.append(code)
        raise OSError(code, os.strerror(code))

    return fail


def count_rows(directory: Path) -> list[int]:
    """Rows of each finished segment that has some; every one of them must be whole."""
    segments = [read_segment(path) for path in list_segments(directory)]
    assert all(segment.broken_at is None for segment in segments)
    return [segment.rows for segment in segments if segment.rows]


def test_a_sender_that_goes_away_leaves_the_journal_working(tmp_path: Path) -> None:
    journal = Journal(JournalSettings(tmp_path, commit_delay_s=0.05), "p")
    gone = journal.append(make_batch(1))
    assert not gone.cancel(), "what is on its way to the disk cannot be called back"
    journal.append(make_batch(2)).result(10)
    journal.close()
    assert sum(count_rows(tmp_path)) == 3


@pytest.mark.parametrize("call", ["write", "fdatasync", "open"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EROFS])
def test_an_error_of_the_disk_is_told_and_over_when_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    journal = Journal(
        JournalSettings(tmp_path, segment_bytes=1 if call == "open" else 32 << 20, segment_age_s=AGE_S), "p"
    )
    journal.append(make_batch(2)).result(10)
    calls: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail_with(code, calls))
        with pytest.raises(JournalError) as refused:
            journal.append(make_batch(4)).result(10)
        assert refused.value.retryable
        assert calls
    journal.append(make_batch(1)).result(10)
    journal.close()
    assert count_rows(tmp_path) == [2, 1], "what was refused must not come back by itself"


@pytest.mark.parametrize("call", ["ftruncate", "fsync", "rename", "unlink", "close"])
def test_cleaning_up_after_an_error_may_fail_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    journal = Journal(JournalSettings(tmp_path, segment_age_s=AGE_S), "p")
    journal.append(make_batch(2)).result(10)
    calls: list[int] = []
    real_close = os.close

    def close_badly(file: int) -> None:
        real_close(file)
        calls.append(file)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail_with(errno.EIO, calls))
        patch.setattr(os, call, close_badly if call == "close" else fail_with(errno.EIO, calls))
        for _ in range(2):
            with pytest.raises(JournalError):
                journal.append(make_batch(4)).result(10)
    journal.append(make_batch(1)).result(10)
    journal.close()
    recover_segments(tmp_path)
    rows = sorted(count_rows(tmp_path))
    assert {1, 2} <= set(rows) or 6 in rows, "acknowledged spans are still there, beside at most what was refused"


def test_a_defect_of_the_writer_is_told_and_over_when_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(JournalSettings(tmp_path, segment_age_s=AGE_S), "p")
    journal.append(make_batch(2)).result(10)

    def break_down(_file: int) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", break_down)
        with pytest.raises(JournalError):
            journal.append(make_batch(4)).result(10)
    journal.append(make_batch(1)).result(10)
    journal.close()
    assert count_rows(tmp_path) == [2, 1]


def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    journal = Journal(JournalSettings(tmp_path), "p")
    journal.close()
    with pytest.raises(JournalError):
        journal.append(make_batch(1)).result(1)


def test_two_journals_never_make_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In containers that share the directory both writers may be process 1, and clocks may agree."""
    monkeypatch.setattr(os, "getpid", lambda: 1)
    monkeypatch.setattr("time.time_ns", lambda: 1_795_000_000_000_000_000)
    for rows in (1, 2):
        journal = Journal(JournalSettings(tmp_path), "p")
        journal.append(make_batch(rows)).result(10)
        journal.close()
    assert sorted(count_rows(tmp_path)) == [1, 2]


def test_an_unfinished_segment_with_a_damaged_header_is_kept(tmp_path: Path) -> None:
    data = bytearray(encode_header(1, "p") + encode_record(make_batch(1)))
    data[11] ^= 0x80  # the header now claims to be longer than the file
    (tmp_path / "1-1-1.open").write_bytes(data)
    assert recover_segments(tmp_path) == 1
    (path,) = list_segments(tmp_path)
    assert path.read_bytes() == data


def test_a_damaged_length_does_not_take_the_records_behind_it(tmp_path: Path) -> None:
    head = encode_header(1, "p")
    records = [encode_record(make_batch(size)) for size in (1, 2, 3)]
    data = bytearray(head + b"".join(records))
    data[len(head) + len(records[0]) + 7] ^= 0x80  # the second record now claims two gigabytes
    (tmp_path / "1-1-1.open").write_bytes(data + b"RVRB torn")
    assert recover_segments(tmp_path) == 1
    segment = read_segment(list_segments(tmp_path)[0])
    assert (segment.rows, segment.broken_at) == (4, len(head) + len(records[0]))


def test_zeros_left_by_a_power_cut_are_a_torn_tail(tmp_path: Path) -> None:
    data = encode_header(1, "p") + encode_record(make_batch(2))
    (tmp_path / "1-1-1.open").write_bytes(data + bytes(5000))
    (tmp_path / "2-1-1.open").write_bytes(bytes(5000))
    assert recover_segments(tmp_path) == 2
    assert count_rows(tmp_path) == [2]
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [len(data)]
