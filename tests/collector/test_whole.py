"""A batch's records become one table, and none of their values gets lost or into another row."""

import pyarrow as pa
import pytest

from collector.whole import LARGE, TEXTS, join_records
from schema.columns import PAYLOADS, columns_of
from schema.store import Store
from tests.collector.batches import make_batch


def make_record(number: int, size: int) -> pa.Table:
    """Two spans of a trace of their own, with texts of so many characters."""
    table = make_batch(2, f"fe{number:030x}").table
    place = table.schema.get_field_index("InputMessages")
    texts = pa.array([f"{number}-{row}-".ljust(size, "x") for row in range(2)])
    return table.set_column(place, table.schema.field(place), texts)


def test_texts_are_what_is_said() -> None:
    assert {"InputMessages", "OutputMessages", "ToolResult", "PayloadAttributes"} <= TEXTS
    assert not TEXTS & {"Tenant", "TraceId", "SpanId", "Day", "SpanAttributes"}


@pytest.mark.parametrize("sizes", [[10], [10, 20, 30], [LARGE, LARGE], [10, LARGE, 20, 30, LARGE, 40]])
def test_every_row_is_there(sizes: list[int]) -> None:
    tables = [make_record(number, size) for number, size in enumerate(sizes)]
    joined = join_records(tables)
    assert joined.equals(pa.concat_tables(tables))
    assert all(joined[name].num_chunks == 1 for name in joined.column_names if name not in TEXTS)


def test_small_texts_are_put_together_and_large_ones_stay() -> None:
    small = join_records([make_record(number, 10) for number in range(50)])
    assert small["InputMessages"].num_chunks == 1
    large = [make_record(number, LARGE) for number in range(3)]
    kept = join_records(large)["InputMessages"].chunks
    before = [table["InputMessages"].chunk(0) for table in large]
    assert [part.buffers()[2].address for part in kept] == [part.buffers()[2].address for part in before]


@pytest.mark.engine
def test_large_records_are_one_part(store: Store, tenant: str) -> None:
    """However many pieces the engine is handed, an insert is one: else each piece would cost a part."""
    tables = [make_record(number, LARGE) for number in range(3)]
    rows = join_records(tables)
    rows = rows.set_column(rows.schema.get_field_index("Tenant"), "Tenant", pa.array([tenant] * rows.num_rows))
    store.insert(PAYLOADS, rows.select(columns_of(PAYLOADS)), tenant)
    found = store.query(
        "SELECT count() AS rows, uniqExact(_part) AS parts FROM span_payloads WHERE Tenant = {tenant:String}",
        {"tenant": tenant},
        tag="test",
    )
    assert found == [{"rows": 6, "parts": 1}]
