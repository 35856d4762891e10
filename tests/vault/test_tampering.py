"""Whatever somebody with the database in hand does to the audit trail is found, and named (issue 6, acceptance 5)."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from schema.errors import StoreUnavailable
from schema.store import Store
from tests.vault import changes
from tests.vault.trails import CALLER, Tampered, rewrite
from vault.audit_check import Json, check_chain
from vault.audit_heads import read_heads, read_public_key
from vault.audit_keeper import AuditKeeper
from vault.caller import make_local_caller
from vault.entry import Act

pytestmark = [pytest.mark.engine, pytest.mark.one_machine]

Change = Callable[[list[Json]], list[Json]]


@pytest.fixture
def tampered(store: Store, tmp_path: Path) -> Tampered:
    """Ten entries, signed, then ten more, signed."""
    made = Tampered(tmp_path, store)
    made.add(10)
    made.add(10)
    return made


def test_an_untouched_trail_is_whole(tampered: Tampered) -> None:
    assert tampered.find_problems() == []
    entries = tampered.read()
    assert [entry["seq"] for entry in entries] == list(range(1, 21))
    assert [entry["object"] for entry in entries[:3]] == ["run-0", "run-1", "run-2"]


# entries 10 and 20 have signed heads; the numbers are those of the entries, counted from 1
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (changes.edit, [("changed", 7)]),
        (changes.edit_time, [("changed", 7)]),
        (changes.edit_with_hash, [("changed", 7)]),
        (changes.edit_hash, [("changed", 7)]),
        (changes.blank, [("changed", 7)]),
        (changes.delete, [("removed", 7)]),
        (changes.delete_three, [("removed", 7)]),
        (changes.delete_and_renumber, [("removed", 7), ("truncated", 20)]),
        (changes.insert_twin, [("inserted", 7)]),
        (changes.insert_and_renumber, [("inserted", 7)]),
        (changes.append, [("removed", 21)]),
        (changes.swap_numbers, [("moved", 7), ("moved", 12)]),
        (changes.swap_neighbours, [("moved", 7), ("moved", 8)]),
        (changes.swap_contents, [("changed", 7), ("changed", 12)]),
        (changes.truncate, [("truncated", 16)]),
        (changes.truncate_all, [("truncated", 1)]),
        (changes.cut_beginning, [("removed", 1)]),
        (changes.rewrite_from_here, [("rewritten", 1)]),
        (changes.delete_and_rewrite, [("truncated", 20)]),
        (changes.rewrite_all, [("rewritten", 1)]),
    ],
)
def test_every_change_is_found_and_named(tampered: Tampered, change: Change, found: list[tuple[str, int]]) -> None:
    tampered.replace(change(tampered.read()))
    problems = tampered.find_problems()
    assert set(found) <= set(problems), problems
    # what follows from the same change may be told too, but nothing before it
    assert min(seq for _kind, seq in problems) == min(seq for _kind, seq in found)
    assert len(problems) <= len(found) + 2


@pytest.mark.parametrize("count", [1, 9])
def test_the_tail_that_no_head_names_yet_is_held_by_the_chains_own_file(tampered: Tampered, count: int) -> None:
    tampered.add(count, sign=False)
    whole = tampered.read()
    tampered.replace(whole[:-1])
    assert ("truncated", 20 + count) in tampered.find_problems()
    whole[-1]["object"] = "another run"
    tampered.replace(rewrite(whole))
    assert ("rewritten", 21) in tampered.find_problems()


def test_a_chain_that_nobody_signed_is_told(tampered: Tampered) -> None:
    forged = [entry | {"chain": f"forged-{tampered.chain}"} for entry in tampered.read()]
    tampered.replace([*tampered.read(), *rewrite(forged)])
    reports = {report["chain"]: report["problems"] for report in tampered.keeper.verify()}
    assert [problem["kind"] for problem in reports[f"forged-{tampered.chain}"]] == ["unsigned"]
    assert reports[tampered.chain] == []


def test_a_head_of_somebody_else_vouches_for_nothing(tampered: Tampered, tmp_path: Path) -> None:
    path = tmp_path / "heads" / f"{tampered.chain}.jsonl"
    head = json.loads(path.read_text().splitlines()[-1])
    entries = tampered.read()
    entries[6]["object"] = "another run"
    rewrite(entries)
    with path.open("a") as file:
        file.write(json.dumps(head | {"hash": entries[-1]["hash"], "signed_at": "2099-01-01T00:00:00Z"}) + "\n")
    tampered.replace(entries)
    problems = tampered.find_problems()
    assert ("forged", 20) in problems
    assert ("rewritten", 1) in problems


def test_a_torn_line_of_heads_is_cut_off(tampered: Tampered, tmp_path: Path) -> None:
    path = tmp_path / "heads" / f"{tampered.chain}.jsonl"
    with path.open("ab") as file:
        file.write(b'{"chain": "x", "se')
    tampered.add(1)
    assert tampered.find_problems() == []


def test_months_may_expire_from_the_beginning_and_only_they(store: Store, tmp_path: Path) -> None:
    to_february = (datetime.now(UTC).date() - date(2026, 2, 1)).days
    made = Tampered(tmp_path, store, keep_days=to_february)
    made.trail.file._clock = lambda: made_at
    for day in (28, 31):
        made_at = datetime(2026, 1, day, 12, tzinfo=UTC)
        made.add(3, sign=False)
    made_at = datetime(2026, 2, 1, 12, tzinfo=UTC)
    made.add(3)
    whole = made.read()
    store.command("ALTER TABLE audit_entries DROP PARTITION '202601'")
    assert made.find_problems() == []
    for keep_days in (0, to_february + 1):  # for ever; so long that 31 January should still be there
        assert Tampered(tmp_path, store, keep_days).find_problems() == [("removed", 1)]
    made.replace(whole[4:])  # in the middle of a day
    assert made.find_problems() == [("removed", 1)]


def test_a_crash_in_the_middle_of_copying_doubles_nothing(store: Store, tmp_path: Path) -> None:
    made = Tampered(tmp_path, store)
    made.add(5)
    state = tmp_path / "audit" / "shipping.json"
    before = state.read_text()
    for _ in range(3):
        made.trail.append("run.read", CALLER)
    made.keeper.flush()
    state.write_text(before.replace('"sending": 5', '"sending": 8'))  # the insert is done, what was noted is not
    made.trail.append("run.read", CALLER)
    Tampered(tmp_path, store).keeper.flush()
    assert [entry["seq"] for entry in made.read()] == list(range(1, 10))
    assert made.find_problems() == []


class AwayStore(Store):
    """A store that is away."""

    def __init__(self) -> None:
        pass

    def insert(self, table: str, data: object, token: str) -> None:
        raise StoreUnavailable("gone")


def test_a_store_that_is_away_keeps_nothing_back_but_the_copy(store: Store, tmp_path: Path) -> None:
    made = Tampered(tmp_path, AwayStore())
    made.trail.append("run.read", CALLER)
    made.keeper._keep(sign=True)
    assert "wait for the store" in str(made.keeper.find_problem())
    assert [head["seq"] for head in read_heads(tmp_path / "heads", made.chain)] == [1]
    again = Tampered(tmp_path, store)
    again.keeper._keep(sign=False)
    assert again.keeper.find_problem() is None
    assert len(again.read()) == 1


def test_a_defect_is_told_and_does_not_end_the_keeper(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Tampered(tmp_path, store)
    made.keeper._settings = replace(made.keeper._settings, poll_s=0.01)

    def fail(_self: object) -> None:
        raise KeyError("ann@example.com")

    with monkeypatch.context() as broken:
        broken.setattr(AuditKeeper, "flush", fail)
        made.keeper.start()
        while made.keeper.find_problem() is None:
            time.sleep(0.01)
        assert made.keeper.find_problem() == "a defect: KeyError"
    while made.keeper.find_problem() is not None:
        time.sleep(0.01)
    made.trail.append("run.read", CALLER)
    made.keeper.stop()
    assert len(made.read()) == 1


def test_files_are_deleted_once_their_entries_are_in_the_store_and_signed(store: Store, tmp_path: Path) -> None:
    made = Tampered(tmp_path, store)
    made.trail.file._file_bytes = 1
    made.add(10, sign=False)
    files = list((tmp_path / "audit").glob("0*.jsonl"))
    assert len(files) == 10
    made.keeper.sign()
    assert len(list((tmp_path / "audit").glob("0*.jsonl"))) == 1
    made.add(1)
    assert made.find_problems() == []


def test_the_private_key_is_closed_to_others_and_the_public_one_stands_with_the_heads(
    tampered: Tampered, tmp_path: Path
) -> None:
    assert os.stat(tmp_path / "signing.key").st_mode & 0o777 == 0o600
    key = read_public_key(tmp_path / "heads", tampered.chain)
    assert key is not None
    assert key != (tmp_path / "signing.key").read_bytes()


def test_a_hundred_thousand_entries_are_verified_in_five_seconds(tmp_path: Path) -> None:
    caller = make_local_caller()
    previous, entries = "0" * 64, []
    for seq in range(1, 100_001):
        act = Act("run.replay", caller, f"run-{seq:08d}-of-a-usual-length", "a ticket", "")
        entry = act.make_entry("c" * 16, seq, "2026-03-01T12:00:00.000005Z", previous)
        previous = entry.hash
        entries.append(entry.to_json())
    started = time.process_time()
    report = check_chain("c" * 16, entries, [], None)
    assert time.process_time() - started < 5
    assert (report["entries"], report["last"]) == (100_000, 100_000)
    assert [problem["kind"] for problem in report["problems"]] == ["unsigned"]
