"""The chain on disk: durable before it is answered, whole after a crash, one chain for several processes."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from schema.errors import AuditError
from vault.audit import AuditTrail, NoTrail
from vault.caller import Caller, Role
from vault.chain_file import ChainFile, ChainReader
from vault.entry import Entry

CALLER = Caller("k1", "acme", "production", frozenset({Role.VIEWER}), "10.0.0.7")
AT = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)


def make_trail(directory: Path) -> AuditTrail:
    """A trail whose clock stands still."""
    return AuditTrail(directory, lambda: AT)


def read_all(directory: Path) -> list[Entry]:
    """Every entry, in order."""
    return ChainReader(directory).read_after(0, 10**6)


def test_the_hash_is_that_of_the_documented_text(tmp_path: Path) -> None:
    entry = make_trail(tmp_path).append("run.replay", CALLER, "run/1 é", "ticket 7")
    # docs/security.md, "The audit trail": an array of the format and the fields, ASCII, no spaces
    text = (
        '[1,"' + entry.chain + '",1,"2026-03-01T12:00:00.000005Z","acme","production","k1","10.0.0.7","run.replay",'
        '"run/1 \\u00e9","ticket 7","","' + "0" * 64 + '"]'
    )
    assert entry.hash == hashlib.sha256(text.encode("ascii")).hexdigest()


def test_each_entry_holds_the_hash_of_the_one_before(tmp_path: Path) -> None:
    trail = make_trail(tmp_path)
    first, second = trail.append("a", CALLER), trail.append("b", CALLER)
    assert (second.seq, second.previous) == (2, first.hash)
    assert read_all(tmp_path) == [first, second]


def test_an_entry_is_synced_before_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    real = os.fdatasync

    def sync(file: int) -> None:
        real(file)
        synced.append(next(tmp_path.glob("0*")).read_bytes())

    monkeypatch.setattr(os, "fdatasync", sync)
    entry = make_trail(tmp_path).append("a", CALLER)
    assert synced == [entry.to_line()]


def test_threads_share_a_sync_and_make_one_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs: list[int] = []
    real = os.fdatasync
    trail = make_trail(tmp_path)
    go = threading.Event()

    def sync(file: int) -> None:
        syncs.append(file)
        go.wait(10)
        real(file)

    monkeypatch.setattr(os, "fdatasync", sync)
    threads = [threading.Thread(target=trail.append, args=("a", CALLER, str(number))) for number in range(20)]
    for thread in threads:
        thread.start()
    while len(trail._waiting) < 19:
        pass
    go.set()
    for thread in threads:
        thread.join()
    assert len(syncs) == 2
    hold_chain(read_all(tmp_path), 20)


def test_processes_share_a_chain(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from vault.audit import AuditTrail;"
        "from vault.caller import make_local_caller;"
        "trail = AuditTrail(Path(sys.argv[1]));"
        "[trail.append('a', make_local_caller(), sys.argv[2]) for _ in range(50)]"
    )
    workers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(number)]) for number in range(3)]
    trail = make_trail(tmp_path)
    done = threading.Event()

    def look_on() -> None:
        while not done.is_set():
            trail.file.read_last()

    looking = threading.Thread(target=look_on)
    looking.start()
    for _ in range(50):
        trail.append("a", CALLER, "here")
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    done.set()
    looking.join()
    hold_chain(read_all(tmp_path), 200)


def test_a_torn_tail_is_cut_off_at_any_byte(tmp_path: Path) -> None:
    trail = make_trail(tmp_path)
    kept, torn = trail.append("a", CALLER), trail.append("b", CALLER)
    path = next(tmp_path.glob("0*.jsonl"))
    whole = path.read_bytes()
    start = len(kept.to_line())
    for end in range(start, start + len(torn.to_line()), 37):
        path.write_bytes(whole[:end])
        later = make_trail(tmp_path).append("c", CALLER)
        assert (later.seq, later.previous) == (2, kept.hash)
        assert read_all(tmp_path) == [kept, later]


def test_a_chain_goes_on_over_files(tmp_path: Path) -> None:
    file = ChainFile(tmp_path, file_bytes=1000, clock=lambda: AT)
    trail = make_trail(tmp_path)
    trail.file = file
    for _ in range(20):
        trail.append("a", CALLER)
    assert len(list(tmp_path.glob("0*.jsonl"))) > 3
    hold_chain(read_all(tmp_path), 20)
    assert [entry.seq for entry in ChainReader(tmp_path).read_after(7, 3)] == [8, 9, 10]
    file.drop_files(19)
    left = read_all(tmp_path)
    assert left[-1].seq == 20
    assert 0 < len(left) < 20
    assert make_trail(tmp_path).append("b", CALLER).previous == left[-1].hash


def test_a_reader_goes_on_where_it_was(tmp_path: Path) -> None:
    trail = make_trail(tmp_path)
    trail.file = ChainFile(tmp_path, file_bytes=1000, clock=lambda: AT)
    reader = ChainReader(tmp_path)
    seen: list[Entry] = []
    for count in (0, 1, 5, 0, 7):
        written = [trail.append("a", CALLER) for _ in range(count)]
        found = reader.read_after(seen[-1].seq if seen else 0, 3)
        assert found == written[:3]
        found += reader.read_after(found[-1].seq, 100) if found else []
        assert found == written
        seen += found
    assert reader.read_after(2, 2) == seen[2:4]


def test_a_new_file_without_an_entry_does_not_end_the_chain(tmp_path: Path) -> None:
    entry = make_trail(tmp_path).append("a", CALLER)
    (tmp_path / "0000000000000002.jsonl").write_bytes(b'{"chain"')
    assert make_trail(tmp_path).append("b", CALLER).previous == entry.hash


def test_what_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trail = make_trail(tmp_path)
    first = trail.append("a", CALLER)

    def fail(_file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail)
        with pytest.raises(AuditError, match="No space left"):
            trail.append("b", CALLER)
    assert read_all(tmp_path) == [first]
    assert trail.append("c", CALLER).seq == 2


def test_a_damaged_file_stops_the_trail(tmp_path: Path) -> None:
    make_trail(tmp_path).append("a", CALLER)
    next(tmp_path.glob("0*.jsonl")).write_bytes(b"not json\n")
    with pytest.raises(AuditError, match=r"damaged: 0000000000000001\.jsonl before byte 9"):
        make_trail(tmp_path).append("b", CALLER)


def test_time_never_goes_back_within_a_chain(tmp_path: Path) -> None:
    earlier = AT.replace(hour=3)
    assert make_trail(tmp_path).append("a", CALLER).at == "2026-03-01T12:00:00.000005Z"
    assert AuditTrail(tmp_path, lambda: earlier).append("b", CALLER).at == "2026-03-01T12:00:00.000005Z"


def test_long_and_odd_texts_are_kept_short_and_encodable(tmp_path: Path) -> None:
    entry = make_trail(tmp_path).append("a", CALLER, "x" * 5000, "half \ud800 pair")
    assert (len(entry.object), entry.object[-1]) == (2000, "…")
    assert entry.reason == "half ? pair"
    assert read_all(tmp_path) == [entry]


def test_a_process_without_a_trail_refuses() -> None:
    with pytest.raises(AuditError):
        NoTrail().append("a", CALLER)


def hold_chain(entries: list[Entry], count: int) -> None:
    """So many entries, numbered from 1, each with the hash of the one before."""
    assert [entry.seq for entry in entries] == list(range(1, count + 1))
    for before, entry in pairwise(entries):
        assert entry.previous == before.hash
    assert json.loads(entries[0].to_line())["previous"] == "0" * 64
