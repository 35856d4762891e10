"""The journal: what was acknowledged is read back whole, wherever the file is cut; what is damaged is told."""

import errno
import fcntl
import os
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.journal import Journal, JournalSettings
from collector.recovery import list_segments, recover_segments
from collector.segment import encode_header, encode_record, find_tail, read_segment
from schema.columns import JOURNAL_SCHEMA
from schema.errors import JournalError
from tests.collector.batches import make_batch

SIZES = (1, 3, 2)


def write_segment(path: Path, sizes: tuple[int, ...] = SIZES) -> list[int]:
    """A segment with a record per size; where each record ends."""
    data = encode_header(1, "policy")
    ends = [len(data)]
    for size in sizes:
        data += encode_record(make_batch(size))
        ends.append(len(data))
    path.write_bytes(data)
    return ends


def test_a_record_is_read_back_as_it_was(tmp_path: Path) -> None:
    batch = make_batch(5)
    path = tmp_path / "a.seg"
    path.write_bytes(encode_header(1, "p") + encode_record(batch))
    segment = read_segment(path)
    assert segment.broken_at is None
    assert pa.concat_tables(segment.batches).equals(batch.table)
    assert segment.batches[0].schema == JOURNAL_SCHEMA


def test_cut_at_every_byte_the_whole_records_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.seg"
    ends = write_segment(path)
    data = path.read_bytes()
    for cut in [*range(ends[-2], ends[-1] + 1), *range(0, ends[1], 7)]:
        whole = [end for end in ends if end <= cut]
        assert find_tail(data[:cut]) == (whole[-1] if whole else 0)


@given(position=st.integers(0), flip=st.integers(1, 255))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_byte_is_never_taken_for_data(tmp_path: Path, position: int, flip: int) -> None:
    path = tmp_path / "a.seg"
    ends = write_segment(path)
    data = bytearray(path.read_bytes())
    position %= len(data)
    data[position] ^= flip
    path.write_bytes(data)
    if position < ends[0]:
        with pytest.raises(JournalError):
            read_segment(path)
        return
    segment = read_segment(path)
    hit = sum(1 for end in ends[1:] if end <= position)
    assert segment.broken_at == ends[hit]
    others = sum(SIZES) - SIZES[hit]
    if position - ends[hit] >= 8:  # the length still leads to the next record: all the others are read
        assert segment.rows == others
    else:
        assert segment.rows in (sum(SIZES[:hit]), others)


def test_a_damaged_record_costs_only_itself_also_in_an_unfinished_segment(tmp_path: Path) -> None:
    path = tmp_path / "a.open"
    ends = write_segment(path)
    data = bytearray(path.read_bytes())
    data[ends[1] + 100] ^= 1
    path.write_bytes(data + b"RVRB torn")
    assert recover_segments(tmp_path) == 1
    (path,) = list_segments(tmp_path)
    assert path.stat().st_size == ends[-1]
    segment = read_segment(path)
    assert (segment.rows, segment.broken_at) == (SIZES[0] + SIZES[2], ends[1])


def test_another_format_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.seg"
    write_segment(path)
    data = bytearray(path.read_bytes())
    data[8] = 99
    path.write_bytes(data)
    with pytest.raises(JournalError, match="format 99"):
        read_segment(path)


def test_appended_batches_are_on_disk_when_the_future_is_done(tmp_path: Path) -> None:
    journal = Journal(JournalSettings(tmp_path, segment_age_s=60), "p")
    for size in SIZES:
        journal.append(make_batch(size)).result(10)
        (path,) = tmp_path.iterdir()
        assert path.suffix == ".open"
    assert read_segment(path).rows == sum(SIZES)
    journal.close()
    assert [path.suffix for path in tmp_path.iterdir()] == [".seg"]


def test_segments_are_finished_by_size_and_age(tmp_path: Path) -> None:
    journal = Journal(JournalSettings(tmp_path, segment_bytes=1, segment_age_s=60), "p")
    journal.append(make_batch(1)).result(10)
    journal.append(make_batch(1)).result(10)
    journal.close()
    assert len(list_segments(tmp_path)) == 2
    journal = Journal(JournalSettings(tmp_path, segment_age_s=0.05), "p")
    journal.append(make_batch(1)).result(10)
    for _ in range(200):
        if len(list_segments(tmp_path)) == 3:
            break
        os.sched_yield()
        journal._thread.join(0.02)
    assert len(list_segments(tmp_path)) == 3
    journal.close()


def test_a_dead_writers_segment_is_finished_and_a_living_ones_is_left(tmp_path: Path) -> None:
    ends = write_segment(tmp_path / "1.open")
    with (tmp_path / "1.open").open("ab") as file:
        file.write(b"RVRB torn")
    write_segment(tmp_path / "2.open")
    (tmp_path / "3.open").write_bytes(b"RUNV")
    with (tmp_path / "2.open").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert recover_segments(tmp_path) == 2
        assert sorted(path.name for path in tmp_path.iterdir()) == ["1.seg", "2.open"]
    assert (tmp_path / "1.seg").stat().st_size == ends[-1]
    assert recover_segments(tmp_path) == 1


def test_a_segment_is_not_taken_for_a_dead_writers_before_it_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock

    def look_first(file: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)  # the loader looks in the moment between making and locking the file
        recover_segments(tmp_path)
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", look_first)
    journal = Journal(JournalSettings(tmp_path), "p")
    journal.append(make_batch(4)).result(10)
    journal.close()
    assert [read_segment(path).rows for path in list_segments(tmp_path)] == [4]


def test_what_is_acknowledged_is_kept_while_a_loader_looks_on(tmp_path: Path) -> None:
    journal = Journal(JournalSettings(tmp_path, segment_bytes=1), "p")
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            recover_segments(tmp_path)

    looking = threading.Thread(target=look)
    looking.start()
    batch = make_batch(1)
    for _ in range(200):
        journal.append(batch).result(10)
    journal.close()
    stop.set()
    looking.join()
    assert sum(read_segment(path).rows for path in list_segments(tmp_path)) == 200


def test_a_full_disk_is_told_and_over_when_it_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(JournalSettings(tmp_path, segment_age_s=60), "p")
    journal.append(make_batch(2)).result(10)
    real, calls = os.write, []

    def full(file: int, data: memoryview) -> int:
        calls.append(len(data))
        if len(calls) == 1:
            return real(file, data[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(JournalError, match="No space left") as refused:
        journal.append(make_batch(2)).result(10)
    assert refused.value.retryable
    monkeypatch.setattr(os, "write", real)
    journal.append(make_batch(1)).result(10)
    journal.close()
    segments = [read_segment(path) for path in list_segments(tmp_path)]
    assert [(segment.rows, segment.broken_at) for segment in segments] == [(2, None), (1, None)]
