"""One entry of the audit trail, as an object. Its fields and its hash are defined in `audit_check.py`, which travels
with every export."""

from dataclasses import dataclass, fields, replace
from typing import Any

from vault.audit_check import encode_line, hash_entry
from vault.caller import Caller

MOST_CHARACTERS = 2000
"""Of one text in an entry; what is longer is cut, and ends in `…`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who (key, from where) did what to which object, when and why, and the hash of the entry before it.

    `detail` says how it went where that is known: `refused: …`, or the number of items. `at` is RFC 3339 in UTC.
    """

    chain: str
    seq: int
    at: str
    tenant: str
    environment: str
    key_id: str
    address: str
    action: str
    object: str
    reason: str
    detail: str
    previous: str
    hash: str = ""

    def seal(self) -> "Entry":
        """The entry with its hash."""
        return replace(self, hash=hash_entry(self.to_json()))

    def to_json(self) -> dict[str, Any]:
        """Its fields by name."""
        return {name: getattr(self, name) for name in _NAMES}  # asdict copies deeply, at twenty times the price

    def to_line(self) -> bytes:
        """Its line in a file."""
        return encode_line(self.to_json())


_NAMES = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be written down, before it has a place in the chain."""

    action: str
    caller: Caller
    object: str
    reason: str
    detail: str

    def make_entry(self, chain: str, seq: int, at: str, previous: str) -> Entry:
        """The entry at this place."""
        return Entry(
            chain,
            seq,
            at,
            self.caller.tenant,
            self.caller.environment,
            self.caller.key_id,
            _cut(self.caller.address),
            self.action,
            _cut(self.object),
            _cut(self.reason),
            _cut(self.detail),
            previous,
        ).seal()


def _cut(text: str) -> str:
    """At most so many characters, none of them half of a pair that UTF-8 cannot hold."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
