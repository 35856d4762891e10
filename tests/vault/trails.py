"""A trail in a store, and the ways in which somebody with the database in hand can change it."""

from datetime import date, datetime
from pathlib import Path

from schema.store import Store
from tests.api.rows import insert_rows
from vault.audit import AuditTrail
from vault.audit_check import Json, hash_entry
from vault.audit_keeper import AuditKeeper, KeeperSettings
from vault.audit_store import walk_chain
from vault.caller import Caller, Role

CALLER = Caller("k1", "acme", "production", frozenset({Role.VIEWER}), "10.0.0.7")


class Tampered:
    """One chain of the store, its keeper, and what an administrator of the database can do to it."""

    def __init__(self, directory: Path, store: Store, keep_days: int = 0) -> None:
        self.store = store
        self.trail = AuditTrail(directory / "audit")
        settings = KeeperSettings(directory / "signing.key", directory / "heads", keep_days=keep_days)
        self.keeper = AuditKeeper(self.trail, store, settings)

    @property
    def chain(self) -> str:
        """The chain's name."""
        last = self.trail.file.read_last()
        assert last is not None
        return last.chain

    def add(self, count: int, sign: bool = True) -> None:
        """So many entries, copied into the store; the last one signed, if wanted."""
        for number in range(count):
            self.trail.append("run.replay", CALLER, f"run-{number}")
        self.keeper.flush()
        if sign:
            self.keeper.sign()

    def read(self) -> list[Json]:
        """The entries as they stand in the store."""
        return list(walk_chain(self.store, self.chain))

    def replace(self, entries: list[Json]) -> None:
        """Put these entries in the place of those in the store."""
        chain = self.chain
        self.store.command(
            "ALTER TABLE audit_entries DELETE WHERE Chain = {chain:String} SETTINGS mutations_sync = 2",
            {"chain": chain},
        )
        if entries:
            insert_rows(self.store, "audit_entries", [to_row(entry) for entry in entries])

    def find_problems(self) -> list[tuple[str, int]]:
        """Kind and place of each problem of this chain."""
        (report,) = [one for one in self.keeper.verify() if one["chain"] == self.chain]
        return [(problem["kind"], problem["seq"]) for problem in report["problems"]]


def rewrite(entries: list[Json]) -> list[Json]:
    """The entries with numbers and hashes made anew from the first on, as whoever knows the format can."""
    previous = entries[0]["previous"]
    for seq, entry in enumerate(entries, int(entries[0]["seq"])):
        entry.update(seq=seq, previous=previous)
        previous = entry["hash"] = hash_entry(entry)
    return entries


def to_row(entry: Json) -> Json:
    """An entry as a row of `audit_entries`."""
    names = {"key_id": "KeyId"}
    row = {names.get(name, name.title()): value for name, value in entry.items() if name != "at"}
    return {**row, "At": datetime.fromisoformat(entry["at"]), "Day": date.fromisoformat(entry["at"][:10])}
