"""Fold what log records say into the steps of their traces, whichever came first (joining.py decides what is whose)."""

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from collector.inherited import find_nameless, inherit_model
from collector.joining import COUNTS, FAILED_CLOSED, FILLED, FINDINGS, SCORES, Row, Steps, overlay, restore
from collector.pricing import REPORTED, UNPRICED, PriceBook
from collector.standing import PRICED_BY, make_step
from schema.columns import BY_NAME, JOURNAL_SCHEMA, MONEY, SUPPLEMENTS, columns_of
from schema.store import Store

PRICE = ("ModelCostUsd", "PriceStatus", "PriceList")
LAID = (*FILLED, *SCORES, FINDINGS, FAILED_CLOSED, *PRICE)
LOOKED_AT = tuple(
    dict.fromkeys(
        (
            "TraceId", "SpanId", "ParentSpanId", "Timestamp", "Duration", "StatusCode", "SessionId", "Dialect",
            *PRICED_BY, *LAID,
        )
    )
)  # fmt: skip
OVERLAID = "Overlaid"
UNTRACED = ("gemini-cli", "codex", "claude-code")
"""Dialects whose records may name a session and no trace."""


def complete_columns(table: pa.Table) -> pa.Table:
    """A batch as the journal's schema is today: columns that an older writer did not know are empty."""
    if table.schema == JOURNAL_SCHEMA:
        return table
    for field in JOURNAL_SCHEMA:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.array([BY_NAME[field.name].empty] * table.num_rows, field.type))
    return table.select(JOURNAL_SCHEMA.names)


def split_records(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The rows that are spans, and those that are log records."""
    is_span = pc.equal(table["RecordId"], "")
    if pc.all(is_span).as_py():  # filtering copies every text
        return table, table.slice(0, 0)
    return table.filter(is_span), table.filter(pc.invert(is_span))


def insert_records(store: Store, records: pa.Table, token: str) -> None:
    """Write the supplements; one that names its span is joined to it at once."""
    rows = records.select(columns_of(SUPPLEMENTS))
    exact = pc.equal(records["RecordTarget"], "")
    nothing = pa.scalar("")
    rows = rows.append_column("JoinTraceId", pc.if_else(exact, records["TraceId"], nothing))
    rows = rows.append_column("JoinSpanId", pc.if_else(exact, records["SpanId"], nothing))
    rows = rows.append_column("JoinedAt", pa.array([0] * rows.num_rows, pa.uint64()))
    store.insert(SUPPLEMENTS, rows, f"{token}-{SUPPLEMENTS}")


def find_touched(store: Store, records: pa.Table) -> dict[str, list[str]]:
    """Tenant → traces whose steps must be put together again because records came."""
    touched: dict[str, set[str]] = defaultdict(set)
    sessions: dict[str, set[str]] = defaultdict(set)
    for tenant, trace, session in zip(
        records["Tenant"].to_pylist(), records["TraceId"].to_pylist(), records["SessionId"].to_pylist(), strict=True
    ):
        if trace:
            touched[tenant].add(trace)
        elif session:
            sessions[tenant].add(session)
    for tenant, names in sessions.items():
        found = store.query(
            "SELECT DISTINCT TraceId FROM steps FINAL WHERE Tenant = {tenant:String}"
            " AND SessionId IN {sessions:Array(String)} AND Dialect IN {untraced:Array(String)}",
            {"tenant": tenant, "sessions": sorted(names), "untraced": list(UNTRACED)},
            tag="runvault.join",
        )
        touched[tenant] |= {row["TraceId"] for row in found}
    return {tenant: sorted(traces) for tenant, traces in touched.items()}


def list_records(store: Store, tenant: str, steps: pa.Table) -> frozenset[str]:
    """The ids of the records that may tell of these steps. Raises StoreError."""
    return _list_ids(_read_records(store, tenant, steps))


def _list_ids(records: list[Row]) -> frozenset[str]:
    return frozenset(record["RecordId"] for record in records)


def fold_supplements(
    store: Store, tenant: str, table: pa.Table, prices: PriceBook, settled: Sequence[str] = ()
) -> tuple[pa.Table, frozenset[str]]:
    """The steps of whole traces (the steps' columns and Overlaid) with what records say of them, and the ids of these
    records; what they said of `settled` traces stands (collector/closing.py). Raises StoreError."""
    records = _read_records(store, tenant, table)
    ids = _list_ids(records)
    nameless = find_nameless(table)
    if not records and not nameless and not pc.any(pc.not_equal(table[OVERLAID], "")).as_py():
        return table, ids
    traces = {record["TraceId"] for record in records} | nameless
    sessions = {record["SessionId"] for record in records if not record["TraceId"]}
    rows = _find_rows(table, traces, sessions)
    rows = {number: row for number, row in rows.items() if row["TraceId"] not in set(settled)}
    for row in rows.values():
        _restore_price(row)
        restore(row)
    steps = Steps(rows.values())
    mine: dict[tuple[str, str], list[Row]] = defaultdict(list)
    moved = []
    for record in sorted(
        records, key=lambda record: (record["Timestamp"], record["RecordPosition"], record["RecordId"])
    ):
        found = steps.find(record)
        place = (found["TraceId"], found["SpanId"]) if found else ("", "")
        if found is not None:
            mine[place].append(record)
        if found is None and record["JoinTraceId"] in settled:
            continue
        if record["RecordTarget"] and place != (record["JoinTraceId"], record["JoinSpanId"]):
            moved.append((record, place))
    for row in rows.values():
        said = mine.get((row["TraceId"], row["SpanId"]), [])
        if said:
            overlay(row, said)
        inherit_model(row, steps)
        if row[OVERLAID]:
            _price(row, said, prices, tenant)
    _write_joins(store, tenant, moved)
    return _replace_rows(table, rows), ids


def _read_records(store: Store, tenant: str, table: pa.Table) -> list[Row]:
    """Records of these traces, and those without a trace of their sessions. Most tenants have none at all, and one
    short question is 1.5 ms of CPU where the whole one over 5,000 traces is 68 (measured on an empty table)."""
    if not store.query(
        "SELECT 1 FROM span_supplements WHERE Tenant = {tenant:String} LIMIT 1", {"tenant": tenant}, tag="runvault.join"
    ):
        return []
    untraced = pc.is_in(table["Dialect"], pa.array(UNTRACED, pa.string()))
    sessions = [session for session in pc.unique(table["SessionId"].filter(untraced)).to_pylist() if session]
    names = (
        "TraceId", "SpanId", "SessionId", "Day", "RetentionClass", "RecordId", "RecordKind", "RecordTarget",
        "RecordPosition", "ModelCostUsd", *FILLED, *SCORES, FINDINGS, FAILED_CLOSED, "JoinTraceId", "JoinSpanId",
    )  # fmt: skip
    columns = ", ".join(f"`{name}`" for name in names)
    return store.query(
        f"SELECT {columns}, toUnixTimestamp64Nano(Timestamp) AS Timestamp FROM span_supplements FINAL"  # noqa: S608
        " WHERE Tenant = {tenant:String} AND (TraceId IN {traces:Array(String)}"
        " OR (TraceId = '' AND SessionId IN {sessions:Array(String)}))",
        {"tenant": tenant, "traces": pc.unique(table["TraceId"]).to_pylist(), "sessions": sessions},
        tag="runvault.join",
    )


def _find_rows(table: pa.Table, traces: set[str], sessions: set[str]) -> dict[int, Row]:
    """Row number → what joining looks at, for the steps that records may tell of or have told of."""
    concerned = pc.or_(
        pc.or_(
            pc.is_in(table["TraceId"], pa.array(sorted(traces), pa.string())),
            pc.is_in(table["SessionId"], pa.array(sorted(sessions), pa.string())),
        ),
        pc.not_equal(table[OVERLAID], ""),
    )
    numbers = pc.indices_nonzero(concerned).to_pylist()
    chosen = table.select([*LOOKED_AT, OVERLAID]).take(pa.array(numbers, pa.int64()))
    chosen = chosen.set_column(
        chosen.schema.get_field_index("Timestamp"), "Timestamp", chosen["Timestamp"].cast(pa.int64())
    )
    return dict(zip(numbers, chosen.to_pylist(), strict=True))


def _restore_price(row: Row) -> None:
    for name, (own, _new) in json.loads(row[OVERLAID] or "{}").items():
        if name in PRICE:
            row[name] = Decimal(own) if name == "ModelCostUsd" else own


def _price(row: Row, records: list[Row], prices: PriceBook, tenant: str) -> None:
    """A price where records changed what is counted, or told a cost that nobody else knows."""
    changed = json.loads(row[OVERLAID] or "{}")
    reported = next((Decimal(record["ModelCostUsd"]) for record in records if record["ModelCostUsd"]), None)
    if not (changed.keys() & COUNTS) and not (reported and row["PriceStatus"] == UNPRICED):
        return
    own = {name: row[name] for name in PRICE}
    price = prices.price(make_step(row, reported), row["Timestamp"], tenant)
    if own["PriceStatus"] == REPORTED and price.status == UNPRICED:
        return
    row["ModelCostUsd"], row["PriceStatus"], row["PriceList"] = price.cost_usd, price.status, price.price_list
    for name in PRICE:
        if row[name] != own[name]:
            changed[name] = [str(own[name]), str(row[name])]
    row[OVERLAID] = json.dumps(changed, sort_keys=True)


def _write_joins(store: Store, tenant: str, moved: list[tuple[Row, tuple[str, str]]]) -> None:
    """Note in the supplements which span they belong to: what was said is read by it."""
    now = time.time_ns() // 1000
    for record, (trace, span) in moved:
        store.command(
            "INSERT INTO span_supplements SELECT * REPLACE ({trace:String} AS JoinTraceId, {span:String} AS JoinSpanId,"
            " {now:UInt64} AS JoinedAt) FROM span_supplements FINAL WHERE Tenant = {tenant:String}"
            " AND TraceId = {own:String} AND SpanId = {own_span:String} AND RecordId = {record:String}",
            {
                "trace": trace, "span": span, "now": now, "tenant": tenant, "own": record["TraceId"],
                "own_span": record["SpanId"], "record": record["RecordId"],
            },
            tag="runvault.join",
            spares_steps=True,
        )  # fmt: skip


def _replace_rows(table: pa.Table, rows: dict[int, Row]) -> pa.Table:
    for name in (*LAID, OVERLAID):
        values = table[name].to_pylist()
        before = list(values)
        for number, row in rows.items():
            values[number] = row[name]
        if values != before:
            kind = MONEY if name == "ModelCostUsd" else BY_NAME[name].arrow if name in BY_NAME else pa.string()
            table = table.set_column(table.schema.get_field_index(name), name, pa.array(values, kind))
    return table
