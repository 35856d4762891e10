"""What the loader does with what cannot be loaded, and with what keeps it from loading. The failing store is a small
subclass of the real one: only the failure is made up."""

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from polars.exceptions import PanicException

from collector import load
from collector.held import list_held, retry_segments
from collector.journal import Journal, JournalSettings
from collector.load import READS, Loader, LoaderSettings
from collector.manifest import NAME, Manifest
from collector.recovery import list_segments
from collector.segment import encode_header, encode_record
from schema.codes import ROW_CODES
from schema.errors import JournalError, RowsRefused, StoreError, StoreUnavailable
from schema.store import Store
from tests.collector.batches import make_batch

POISON = "de" * 16


class PickyStore(Store):
    """The real store, but rows of one trace make it fail."""

    def __init__(self, real: Store, make_error: Callable[[], BaseException]) -> None:
        super().__init__(real.location, real._reading, real._writing)
        self.make_error = make_error

    def insert(self, table: str, data: pa.Table, token: str) -> None:
        """Insert, unless the poison is among the rows."""
        if "TraceId" in data.column_names and POISON in data["TraceId"].to_pylist():
            raise self.make_error()
        super().insert(table, data, token)


def append(directory: Path, trace_id: str) -> None:
    """A segment of one batch of this trace."""
    journal = Journal(JournalSettings(directory), "p")
    journal.append(make_batch(2, trace_id)).result(10)
    journal.close()


def count_spans(store: Store, trace_id: str) -> int:
    """Spans of a trace in the store."""
    rows = store.query(
        "SELECT count() AS n FROM otel_traces FINAL WHERE TraceId = {id:String}", {"id": trace_id}, tag="test"
    )
    return int(rows[0]["n"])


@pytest.mark.engine
@pytest.mark.parametrize(
    ("name", "make_error"),
    [
        ("rows", lambda: RowsRefused("the store refused the rows: DECIMAL_OVERFLOW", 407)),
        ("defect", lambda: ValueError("quotes jane@example.com")),
        ("panic", lambda: PanicException("quotes jane@example.com")),
    ],
)
def test_a_poisonous_segment_takes_nothing_with_it(
    store: Store, tmp_path: Path, name: str, make_error: Callable[[], BaseException]
) -> None:
    good = [f"{number}{name.encode().hex():0<30}" for number in (10, 11)]
    for trace_id in (good[0], POISON, good[1]):
        append(tmp_path, trace_id)
    loader = Loader(PickyStore(store, make_error), LoaderSettings(tmp_path))
    loader.drain()
    loader.close()
    assert [count_spans(store, trace_id) for trace_id in good] == [2, 2]
    assert list_segments(tmp_path) == []
    (segment,) = (tmp_path / "dead").glob("*.seg")
    reason = segment.with_name(f"{segment.name}.reason").read_text()
    assert reason.strip()
    assert "jane" not in reason


@pytest.mark.engine
@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable("the store cannot answer now: NETWORK_ERROR", 210),
        StoreError("the store refused the statement: UNKNOWN_TABLE", 60),
        StoreError("the store refused the statement: AUTHENTICATION_FAILED", 516),
        OSError(errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_what_is_not_the_rows_fault_waits(store: Store, tmp_path: Path, error: BaseException) -> None:
    append(tmp_path, POISON)
    loader = Loader(PickyStore(store, lambda: error), LoaderSettings(tmp_path))
    for _ in range(5):
        with pytest.raises((StoreError, OSError)):
            loader.load_once()
    loader.close()
    assert len(list_segments(tmp_path)) == 1
    assert not list((tmp_path / "dead").iterdir())


class UnsyncedStore(Store):
    """The real store on a disk that takes no more."""

    def sync(self) -> None:
        """Fail as syncfs(2) does when a page could not be written."""
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.engine
def test_a_segment_is_kept_until_the_store_is_on_disk(store: Store, tmp_path: Path) -> None:
    trace_id = "5a" * 16
    append(tmp_path, trace_id)
    loader = Loader(UnsyncedStore(store.location, store._reading, store._writing), LoaderSettings(tmp_path))
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output error"):
            loader.load_once()
    loader.close()
    assert len(list_segments(tmp_path)) == 1
    loader = Loader(store, LoaderSettings(tmp_path))
    assert loader.load_once() == 1
    loader.close()
    assert list_segments(tmp_path) == []
    assert count_spans(store, trace_id) == 2


@pytest.mark.engine
def test_a_bad_block_does_not_keep_back_what_comes_after(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = "ba" * 16, "90" * 16
    append(tmp_path, bad)
    (unreadable,) = list_segments(tmp_path)
    append(tmp_path, good)
    read_bytes = Path.read_bytes

    def read_disk(path: Path) -> bytes:
        if path.name == unreadable.name:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", read_disk)
    loader = Loader(store, LoaderSettings(tmp_path))
    for _ in range(READS - 1):
        with pytest.raises(OSError, match="Input/output error"):
            loader.load_once()
        assert unreadable.exists()
    loader.drain()
    assert count_spans(store, good) == 2
    assert (tmp_path / "dead" / f"{unreadable.name}.reason").read_text() == "OSError Input/output error\n"

    monkeypatch.undo()  # the disk was mended
    retry_segments(tmp_path, list_held(tmp_path))
    loader.drain()
    loader.close()
    assert count_spans(store, bad) == 2


@pytest.mark.engine
def test_an_outage_does_not_count_as_an_attempt(store: Store, tmp_path: Path) -> None:
    append(tmp_path, POISON)
    errors = iter([StoreUnavailable("away")] * 5 + [ValueError("a defect")] * 2)
    loader = Loader(PickyStore(store, lambda: next(errors)), LoaderSettings(tmp_path))
    for _ in range(7):
        with pytest.raises((StoreUnavailable, ValueError)):
            loader.load_once()
    loader.close()
    assert len(list_segments(tmp_path)) == 1


@pytest.mark.engine
def test_the_codes_that_blame_rows_have_these_names(store: Store) -> None:
    """By ClickHouse itself; https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp."""
    rows = store.query(
        "SELECT errorCodeToName(arrayJoin({codes:Array(UInt32)})) AS name", {"codes": sorted(ROW_CODES)}, tag="test"
    )
    assert [row["name"] for row in rows] == [
        "CANNOT_PARSE_TEXT", "CANNOT_PARSE_INPUT_ASSERTION_FAILED", "CANNOT_PARSE_DATE", "CANNOT_PARSE_DATETIME",
        "TYPE_MISMATCH", "ARGUMENT_OUT_OF_BOUND", "CANNOT_CONVERT_TYPE", "CANNOT_PARSE_NUMBER", "INCORRECT_DATA",
        "TOO_LARGE_ARRAY_SIZE", "TOO_LARGE_STRING_SIZE", "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
        "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN", "DECIMAL_OVERFLOW", "VIOLATED_CONSTRAINT",
    ]  # fmt: skip


@pytest.mark.engine
def test_a_batch_is_cut_by_its_unpacked_size(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = Store.insert

    def watch(self: Store, table: str, data: pa.Table, token: str) -> None:
        sizes.append(data.nbytes)
        real(self, table, data, token)

    data = encode_header(1, "p") + b"".join(encode_record(make_batch(20, f"{n:032x}")) for n in range(900, 910))
    (tmp_path / "1-1-1.seg").write_bytes(data)
    one = make_batch(20).table.nbytes
    monkeypatch.setattr(Store, "insert", watch)
    loader = Loader(store, LoaderSettings(tmp_path, insert_bytes=2 * one + one // 2))
    loader.drain()
    loader.close()
    assert max(sizes) <= 2 * one + one // 2
    assert sum(count_spans(store, f"{n:032x}") for n in range(900, 910)) == 200


@pytest.mark.engine
def test_a_segment_that_cannot_be_read_whole_is_kept_aside(store: Store, tmp_path: Path) -> None:
    good, other = "6a" * 16, "6b" * 16
    records = [encode_record(make_batch(2, good)), encode_record(make_batch(2, other))]
    data = bytearray(encode_header(1, "p") + records[0] + records[1])
    data[-1] ^= 1
    (tmp_path / "1-1-1.seg").write_bytes(data)
    (tmp_path / "2-1-1.seg").write_bytes(b"not a segment at all, but here")
    loader = Loader(store, LoaderSettings(tmp_path))
    loader.drain()
    loader.close()
    assert (count_spans(store, good), count_spans(store, other)) == (2, 0)
    kept = {path.name: path.read_bytes() for path in (tmp_path / "quarantine").iterdir()}
    assert kept == {"1-1-1.seg": bytes(data), "2-1-1.seg": b"not a segment at all, but here"}
    assert list_segments(tmp_path) == []


def test_a_manifest_is_read_back_and_torn_ones_name_nothing(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path)
    assert manifest.read() == []
    names = [f"{number:020d}-1-abcdef01-{number}.seg" for number in range(64)]
    manifest.write(names)
    assert manifest.read() == names
    whole = (tmp_path / NAME).read_bytes()
    for cut in (0, 1, 100, 4096):
        (tmp_path / NAME).write_bytes(whole[:cut].ljust(len(whole), b"\0"))
        assert manifest.read() == []
    mixed = whole.replace(b"-3.seg", b"-9.seg")
    (tmp_path / NAME).write_bytes(mixed)
    assert manifest.read() == []
    manifest.write(names * 10)
    manifest.write(names[:1])
    assert manifest.read() == names[:1]
    manifest.close()


def test_a_journal_has_one_loader(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path)
    with pytest.raises(JournalError, match="another loader"):
        Manifest(tmp_path)
    manifest.close()
    Manifest(tmp_path).close()


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (RowsRefused("x", 407), False),
        (StoreError("x", 60), True),
        (OSError(errno.ENOSPC, "x"), True),
        (MemoryError(), True),
        (KeyError("x"), False),
        (PanicException("x"), False),
    ],
)
def test_what_may_pass(error: BaseException, passing: bool) -> None:
    assert load.is_passing(error) is passing


@pytest.mark.engine
def test_what_one_batch_cannot_take_follows_at_once(store: Store, tmp_path: Path) -> None:
    """With more collectors than a batch has room for, pauses between batches would let the journal grow for ever."""
    for number in range(6):
        append(tmp_path, f"{number}{b'behind'.hex():0<31}")
    loader = Loader(store, LoaderSettings(tmp_path, batch_segments=2, interval_s=60.0, longest_interval_s=60.0))
    thread = threading.Thread(target=loader.run)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while list_segments(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert list_segments(tmp_path) == []
    finally:
        loader.stop()
        thread.join()
        loader.close()
