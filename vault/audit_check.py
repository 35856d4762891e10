"""Is an audit trail whole? Needs nothing but Python's standard library and `ed25519.py`; both in one file go with every
export, and verify it anywhere (`vault/audit_export.py`):

    python audit_check.py --entries entries.jsonl --heads heads.jsonl --public-keys public-keys.json

Every entry holds the hash of the entry before it in its chain: SHA-256 over a JSON array (ASCII, no spaces) of the
format's number and the entry's fields in the order of FIELDS, without the hash itself. A signed head names a chain's
newest entry and its hash, signed with Ed25519 (RFC 8032) and kept where the database's administrator cannot reach: as
each hash holds those before it, one head vouches for everything up to its entry.

An entry that lacks its fields is a stub: another tenant's, of which only its place and its hashes are told.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from vault.ed25519 import verify_signature

Json = dict[str, Any]
FORMAT = 1
FIELDS = (
    "chain", "seq", "at", "tenant", "environment", "key_id", "address", "action", "object", "reason", "detail",
    "previous",
)  # fmt: skip
HEAD_FIELDS = ("chain", "seq", "hash", "at", "signed_at")
FIRST_PREVIOUS = "0" * 64
"""What the first entry of a chain names as the hash before it."""
MOST_MISFITS = 100
"""Of a chain with more changed entries, the first so many are told one by one."""


def hash_entry(entry: Mapping[str, Any]) -> str:
    """SHA-256 of an entry, in hex."""
    return hashlib.sha256(_canonical([FORMAT, *(entry[name] for name in FIELDS)])).hexdigest()


def encode_line(entry: Mapping[str, Any]) -> bytes:
    """One line of JSON."""
    return json.dumps(entry, separators=(",", ":")).encode("ascii") + b"\n"


def head_message(head: Mapping[str, Any]) -> bytes:
    """What is signed of a head."""
    return _canonical([FORMAT, "head", *(head[name] for name in HEAD_FIELDS)])


def is_signed(head: Mapping[str, Any], public_key: bytes | None) -> bool:
    """Whether a head has this key's signature."""
    try:
        signature = bytes.fromhex(str(head["signature"]))
        return public_key is not None and verify_signature(public_key, head_message(head), signature)
    except (KeyError, ValueError):
        return False


def check_chain(
    chain: str,
    entries: Iterable[Mapping[str, Any]],
    heads: Sequence[Mapping[str, Any]],
    public_key: bytes | None,
    newest: tuple[int, str] | None = None,
    expired_before: str = "",
) -> Json:
    """What is wrong with one chain, its entries given in order of their numbers.

    `newest` is number and hash of the last entry as its writer knows it. Entries before the time `expired_before` may
    be gone from the beginning, up to one that a signed head names.
    """
    known = {int(head["seq"]): str(head["hash"]) for head in heads} | ({newest[0]: newest[1]} if newest else {})
    walk = _Walk(set(known))
    for seq, group in groupby(entries, key=lambda entry: int(entry["seq"])):
        walk.take(seq, list(group))
    walk.tell_misfits()
    checked = _Heads(heads, public_key)
    signed = checked.newest()
    for head in checked.forged:
        walk.report("forged", int(head["seq"]), "a head has no valid signature")
    if signed is None:
        walk.report("unsigned", 0, "no signed head vouches for this chain")
    _check_beginning(walk, checked, expired_before)
    end = max(int(signed["seq"]) if signed else 0, newest[0] if newest else 0)
    if end > walk.last:
        walk.report("truncated", walk.last + 1, f"the chain ends at {walk.last} but went on to {end} at least")
    agreeing = _check_rewriting(walk, known, checked)
    return {
        "chain": chain,
        "first": walk.first,
        "last": walk.last,
        "entries": walk.count,
        "signed_through": agreeing,
        "problems": walk.problems,
    }


class _Walk:
    """One pass over the entries of a chain."""

    def __init__(self, wanted: set[int]) -> None:
        self.first = self.last = self.count = 0
        self.before_first = ""
        self.displaced = False
        """Whether later entries have other numbers than they had, so that heads name other entries."""
        self.hashes: dict[int, str] = {}
        self.problems: list[Json] = []
        self._wanted = wanted
        self._last_hash = ""
        self._last_fits = True
        self._misfits: list[Mapping[str, Any]] = []
        self._more_misfits = 0

    def report(self, kind: str, seq: int, message: str) -> None:
        """One more problem."""
        self.problems.append({"kind": kind, "seq": seq, "message": message})

    def take(self, seq: int, group: list[Mapping[str, Any]]) -> None:
        """The entries with one number, which should be one."""
        entry = next((one for one in group if one["previous"] == self._last_hash and _fits(one)), group[0])
        if len(group) > 1:
            self.report("inserted", seq, f"{len(group)} entries have this number")
        fits = _fits(entry)
        if not fits:
            self._keep_misfit(entry)
        if not self.count:
            self.first, self.before_first = seq, str(entry["previous"])
        elif seq > self.last + 1:
            missing = f"entry {self.last + 1}" if seq == self.last + 2 else f"entries {self.last + 1} to {seq - 1}"
            self.report("removed", self.last + 1, f"{missing} of the chain missing")
        elif entry["previous"] != self._last_hash and fits and self._last_fits:
            self.report("changed", self.last, f"entry {self.last} does not have the hash that entry {seq} names")
        self.count += len(group)
        self.last, self._last_hash, self._last_fits = seq, str(entry["hash"]), fits
        if seq in self._wanted:
            self.hashes[seq] = self._last_hash

    def _keep_misfit(self, entry: Mapping[str, Any]) -> None:
        if len(self._misfits) < MOST_MISFITS:
            self._misfits.append(entry)
        else:
            self._more_misfits += 1

    def tell_misfits(self) -> None:
        """Entries that do not have their hash: those that fit another place were moved, the others changed."""
        places = [int(entry["seq"]) for entry in self._misfits]
        moves: list[tuple[int, int]] = []
        for entry in self._misfits:
            seq = int(entry["seq"])
            others = {seq - 1, seq + 1, *places}
            home = next((place for place in sorted(others) if _fits({**entry, "seq": place})), None)
            if home is None:
                self.report("changed", seq, f"entry {seq} does not have its hash")
            else:
                moves.append((seq, home))
        for shift, group in groupby(moves, key=lambda move: move[0] - move[1]):
            self._tell_moves(shift, list(group))
        if self._more_misfits:
            self.report("changed", places[-1], f"{self._more_misfits} more entries do not have their hashes")

    def _tell_moves(self, shift: int, moves: list[tuple[int, int]]) -> None:
        seq, home = moves[0]
        if len(moves) > 1:
            self.displaced = True
        if len(moves) > 1 and shift == 1:
            self.report("inserted", home, f"entries from {seq} on stand one place late: one was put in before")
        elif len(moves) > 1 and shift == -1:
            self.report("removed", seq, f"entries from {seq} on stand one place early: one was taken out before")
        else:
            for seq, home in moves:
                self.report("moved", seq, f"entry {seq} belongs in place {home}")


class _Heads:
    """Heads, their signatures checked when they matter: a check takes about 10 ms here."""

    def __init__(self, heads: Sequence[Mapping[str, Any]], public_key: bytes | None) -> None:
        self.by_seq = {int(head["seq"]): head for head in sorted(heads, key=lambda head: str(head["signed_at"]))}
        self.forged: list[Mapping[str, Any]] = []
        self._public_key = public_key
        self._valid: dict[int, bool] = {}

    def is_valid(self, seq: int) -> bool:
        """Whether there is a head of this entry, rightly signed."""
        if seq not in self._valid:
            head = self.by_seq.get(seq)
            self._valid[seq] = head is not None and is_signed(head, self._public_key)
        return self._valid[seq]

    def newest(self) -> Mapping[str, Any] | None:
        """The rightly signed head of the newest entry; those that come later and are not are forged."""
        for seq in sorted(self.by_seq, reverse=True):
            if self.is_valid(seq):
                return self.by_seq[seq]
            self.forged.append(self.by_seq[seq])
        return None


def _check_beginning(walk: _Walk, heads: _Heads, expired_before: str) -> None:
    if walk.count and walk.first > 1:
        head = heads.by_seq.get(walk.first - 1)
        fits = head is not None and head["hash"] == walk.before_first and heads.is_valid(walk.first - 1)
        if not (fits and head is not None and str(head["at"]) < expired_before):
            why = "which no signed head vouches for" if not fits else "which should still be kept"
            walk.report("removed", 1, f"entries 1 to {walk.first - 1} of the chain missing, {why}")
    elif walk.count and walk.before_first != FIRST_PREVIOUS:
        walk.report("changed", walk.first, "the first entry names another before it")


def _check_rewriting(walk: _Walk, known: Mapping[int, str], heads: _Heads) -> int:
    """The newest entry that a signed head rightly vouches for. What a head contradicts was written anew."""
    places = sorted(seq for seq in known if seq in walk.hashes)
    differing = (seq for seq in places if walk.hashes[seq] != known[seq])
    wrong = next((seq for seq in differing if seq not in heads.by_seq or heads.is_valid(seq)), 0)
    right = [seq for seq in places if walk.hashes[seq] == known[seq] and (not wrong or seq < wrong)]
    if wrong and not walk.displaced:
        after = right[-1] if right else 0
        walk.report("rewritten", after + 1, f"entries were written anew from one between {after + 1} and {wrong} on")
    return next((seq for seq in reversed(right) if heads.is_valid(seq)), 0)


def _fits(entry: Mapping[str, Any]) -> bool:
    """Whether an entry has its hash. Of a stub nothing but its links can be told."""
    return "action" not in entry or hash_entry(entry) == entry["hash"]


def _canonical(content: list[Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def check_export(
    lines: Iterable[str], heads: Sequence[Json], keys: Mapping[str, str], expired_before: str = ""
) -> list[Json]:
    """A report per chain of an export, whose lines are in order of chain and number; public keys by chain, in hex."""
    entries: Iterator[Json] = (json.loads(line) for line in lines)
    reports = []
    for chain, group in groupby(entries, key=lambda entry: str(entry["chain"])):
        own = [head for head in heads if head["chain"] == chain]
        key = bytes.fromhex(keys[chain]) if chain in keys else None
        reports.append(check_chain(chain, group, own, key, expired_before=expired_before))
    seen = {report["chain"] for report in reports}
    for chain in sorted({str(head["chain"]) for head in heads} - seen):
        own = [head for head in heads if head["chain"] == chain]
        reports.append(check_chain(chain, [], own, bytes.fromhex(keys[chain]) if chain in keys else None))
    return reports


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify an export; 0 when it is whole, 1 when not."""
    parser = argparse.ArgumentParser(description="Verify an exported Runvault audit trail.")
    parser.add_argument("--entries", type=Path, default=Path("entries.jsonl"), help="JSON lines, as exported")
    parser.add_argument("--heads", type=Path, default=Path("heads.jsonl"), help="signed heads: best your own copy")
    parser.add_argument("--public-keys", type=Path, default=Path("public-keys.json"), help="best as you noted them")
    parser.add_argument("--expired-before", default="", help="time before which entries may be gone, RFC 3339 in UTC")
    options = parser.parse_args(arguments)
    heads = [json.loads(line) for line in options.heads.read_text("utf-8").splitlines()]
    keys = json.loads(options.public_keys.read_text("utf-8"))
    with options.entries.open(encoding="utf-8") as lines:
        reports = check_export(lines, heads, keys, options.expired_before)
    for report in reports:
        state = f"{len(report['problems'])} problems" if report["problems"] else "whole"
        print(
            f"chain {report['chain']}: {report['entries']} entries, {state}, signed through {report['signed_through']}"
        )
        for problem in report["problems"]:
            print(f"  {problem['kind']}: {problem['message']}")
    return 0 if reports and not any(report["problems"] for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
