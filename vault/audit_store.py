"""The audit trail in the store: copied there entry by entry, and read back in the chain's order."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import pyarrow as pa

from schema.statements import read_query
from schema.store import Store
from vault.audit_check import Json
from vault.entry import Entry

PAGE = 20_000
TAG = "runvault.audit"
_COLUMNS = {
    "Chain": "chain",
    "Seq": "seq",
    "Tenant": "tenant",
    "Environment": "environment",
    "KeyId": "key_id",
    "Address": "address",
    "Action": "action",
    "Object": "object",
    "Reason": "reason",
    "Detail": "detail",
    "Previous": "previous",
    "Hash": "hash",
}


def insert_entries(store: Store, entries: Sequence[Entry]) -> None:
    """Insert entries that follow each other; the same ones again insert nothing. Raises StoreError."""
    columns = {
        column: pa.array([getattr(entry, field) for entry in entries], pa.uint64() if field == "seq" else pa.string())
        for column, field in _COLUMNS.items()
    }
    columns["At"] = pa.array([datetime.fromisoformat(entry.at) for entry in entries], pa.timestamp("us", "UTC"))
    columns["Day"] = pa.array([date.fromisoformat(entry.at[:10]) for entry in entries], pa.date32())
    token = f"audit-{entries[0].chain}-{entries[0].seq}-{entries[-1].seq}"
    store.insert("audit_entries", pa.table(columns), token)


def list_stored_chains(store: Store) -> list[str]:
    """Chains that have an entry in the store. Raises StoreError."""
    rows = store.query("SELECT DISTINCT Chain FROM audit_entries ORDER BY Chain", tag=TAG)
    return [row["Chain"] for row in rows]


def walk_chain(store: Store, chain: str) -> Iterator[Json]:
    """Every entry of a chain in order of its numbers, as `audit_check.py` wants it. Raises StoreError."""
    after = -1
    while rows := store.query(read_query("audit_chain"), {"chain": chain, "after": after, "limit": PAGE}, tag=TAG):
        if len(rows) == PAGE:  # entries of one number stay together
            rows = [row for row in rows if row["seq"] != rows[-1]["seq"]] or rows
        yield from rows
        after = rows[-1]["seq"]
