"""What the audit trail is asked, and how an entry is answered."""

from api.answers import Json
from api.cursors import AuditCursor
from api.models import AuditQuery
from api.queries.conditions import Conditions
from api.queries.reader import Row
from api.queries.sql import Query, fill_template
from api.times import format_time

_NAMES = {
    "action": "Action IN {action:Array(String)}",
    "key_id": "KeyId IN {key_id:Array(String)}",
    "object": "Object IN {object:Array(String)}",
}
_AFTER = "(At, Chain, Seq) < (fromUnixTimestamp64Micro({after_at:Int64}), {after_chain:String}, {after_seq:UInt64})"
STUB = ("chain", "seq", "previous", "hash")


def build_entries_query(query: AuditQuery, limit: int, after: AuditCursor | None = None) -> Query:
    """A page of entries, newest first."""
    conditions = Conditions()
    if query.since is not None:
        conditions.add("At >= fromUnixTimestamp64Micro({since:Int64})", since=query.since // 1000)
    if query.until is not None:
        conditions.add("At < fromUnixTimestamp64Micro({until:Int64})", until=query.until // 1000)
    for name, fragment in _NAMES.items():
        if wanted := getattr(query, name):
            conditions.add(fragment, **{name: wanted})
    if after is not None:
        conditions.add(_AFTER, after_at=after.at_micros, after_chain=after.chain, after_seq=after.seq)
    sql = fill_template("audit_entries", conditions=conditions.sql)
    return Query("audit_entries", sql, {**conditions.parameters, "limit": limit})


def build_export_query(limit: int, after: AuditCursor | None = None) -> Query:
    """A page of all chains, in order; entries of other tenants are stubs."""
    chain, seq = (after.chain, after.seq) if after else ("", 0)
    return Query(
        "audit_export", fill_template("audit_export"), {"after_chain": chain, "after_seq": seq, "limit": limit}
    )


def build_entry(row: Row) -> Json:
    """An entry, in the words of the trail."""
    return {
        "chain": row["Chain"],
        "seq": row["Seq"],
        "at": format_time(row["AtMicros"] * 1000),
        "environment": row["Environment"] or None,
        "key_id": row["KeyId"] or None,
        "address": row["Address"] or None,
        "action": row["Action"],
        "object": row["Object"] or None,
        "reason": row["Reason"] or None,
        "detail": row["Detail"] or None,
        "previous": row["Previous"],
        "hash": row["Hash"],
    }


def build_exported(row: Row) -> Json:
    """An entry as its hash was made of it, or a stub."""
    if row["Own"]:
        return {name: value for name, value in row.items() if name != "Own"}
    return {name: row[name] for name in STUB}
