"""One batch of the journal into the tables: spans and payloads as they are, steps and runs worked out."""

import time
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from collector import metrics
from collector.ages import Ages
from collector.agreement import Written
from collector.gather import SEEN, Known, gather_known
from collector.memory import Memory
from collector.pricing import PriceBook
from collector.settling import settle_records, settle_spans
from collector.supplements import find_touched, insert_records, list_records, split_records
from collector.traces import update_traces
from schema.classes import OF_OWNERS, DataClass
from schema.columns import PAYLOADS, SEALED, STEPS, TRACES, columns_of
from schema.errors import StoreUnavailable
from schema.lifetimes import Horizon
from schema.rollup import MOST_LOOKS
from schema.store import Store

SPAN_TABLES = ((TRACES, OF_OWNERS[TRACES]), (PAYLOADS, OF_OWNERS[PAYLOADS]))
INSERT = metrics.stage_seconds.labels("insert")
ASSEMBLE = metrics.stage_seconds.labels("assemble")


class Inserter:
    """Writes batches into one store; one thread at a time."""

    def __init__(self, store: Store, prices: PriceBook, horizon: Callable[[], Horizon]) -> None:
        self._store = store
        self._prices = prices
        self._horizon = horizon
        self._memory = Memory(store)

    def insert(self, rows: pa.Table, token: str) -> None:
        """Write a batch (the journal's columns); the same one with the same token again changes nothing.

        Raises StoreError.
        """
        try:
            with self._store.assembling:
                self._insert(rows, token)
        except BaseException:  # what of it the store took is not known
            self._memory.forget()
            raise
        received = pc.min(rows["ReceivedAt"]).cast(pa.int64()).as_py()
        metrics.queryable_delay.observe(max(0.0, time.time() - received / 1e6))

    def _insert(self, rows: pa.Table, token: str) -> None:
        started = time.thread_time()
        store, ages = self._store, Ages(self._horizon())
        spans, records = split_records(rows)
        records = ages.drop_expired(settle_records(store, records), DataClass.PAYLOADS)
        touched = find_touched(store, records) if records.num_rows else {}
        known = gather_known(store, self._memory, spans, touched)
        spans = ages.drop_expired(settle_spans(spans, known), DataClass.STEPS)
        metrics.expired_spans.inc(rows.num_rows - spans.num_rows - records.num_rows)
        insert_seals(store, ages.drop_expired(pa.concat_tables([spans, records]), OF_OWNERS[SEALED]), token)
        if records.num_rows:
            insert_records(store, records, token)
        for table, data_class in SPAN_TABLES:
            kept = ages.drop_expired(spans, data_class)
            if kept.num_rows:
                store.insert(table, kept.select(columns_of(table)), f"{token}-{table}")
        INSERT.inc(time.thread_time() - started)
        started = time.thread_time()
        steps = spans.select(columns_of(STEPS))
        written = update_traces(store, self._memory, steps, known, token, self._prices, ages)
        if store.served:
            self._agree(written, steps.slice(0, 0), records, token, ages)
        ASSEMBLE.inc(time.thread_time() - started)

    def _agree(self, written: dict[str, Written], nothing: pa.Table, records: pa.Table, token: str, ages: Ages) -> None:
        """Work out anew what another loader wrote about at the same time (collector/agreement.py), until nobody did.
        `nothing` is a table of steps without a row. Raises StoreError."""
        store = self._store
        for number in range(MOST_LOOKS):
            touched = find_touched(store, records) if records.num_rows else {}
            for tenant, one in written.items():
                touched[tenant] = sorted({*touched.get(tenant, ()), *one.traces})
            seen = gather_known(store, self._memory, nothing, touched, SEEN)
            wrong = [tenant for tenant, known in seen.items() if not self._is_right(tenant, written, known)]
            if not wrong:
                return
            metrics.contended_batches.inc()
            missed = gather_known(store, self._memory, nothing, {tenant: touched[tenant] for tenant in wrong})
            written |= update_traces(
                store, self._memory, nothing, missed, f"{token}-again-{number}", self._prices, ages, again=True
            )
        raise StoreUnavailable("other loaders write about the same traces all the time")

    def _is_right(self, tenant: str, written: dict[str, Written], seen: Known) -> bool:
        one = written.get(tenant)
        if one is None:
            return not seen.steps.num_rows
        return (
            one.is_all(seen)
            and one.records == list_records(self._store, tenant, seen.steps)
            and one.stands(self._store, tenant)
        )


def insert_seals(store: Store, rows: pa.Table, token: str) -> None:
    """Write the seals of a batch. Raises StoreError."""
    sealed = rows.filter(pc.greater(pc.binary_length(rows["Sealed"]), 0))
    if sealed.num_rows:
        store.insert(SEALED, sealed.select(columns_of(SEALED)), f"{token}-{SEALED}")
