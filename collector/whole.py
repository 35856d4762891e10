"""The records of a batch as one table."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from schema.columns import PAYLOADS, STEPS, TRACES, columns_of

TEXTS = frozenset(columns_of(PAYLOADS)).difference(columns_of(TRACES), columns_of(STEPS))
"""What was said: most of the bytes, and nothing is worked out from it."""
LARGE = 1 << 20
"""From so many bytes on a record's texts stay where they are."""


def join_records(tables: Sequence[pa.Table]) -> pa.Table:
    """One table, each column in one piece; but for the texts of large records, which are not copied: that was up to
    0.04 CPU-s for a thousand spans of 18 kB. Small ones are put together, for the engine takes piece by piece."""
    whole = pa.concat_tables(list(_join_small(tables)))
    columns = [
        column if name in TEXTS else column.combine_chunks()
        for name, column in zip(whole.column_names, whole.columns, strict=True)
    ]
    return pa.table(columns, schema=whole.schema)


def _join_small(tables: Sequence[pa.Table]) -> Iterator[pa.Table]:
    group: list[pa.Table] = []
    size = 0
    for table in tables:
        group.append(table)
        size += table.nbytes
        if size >= LARGE:
            yield _join(group)
            group, size = [], 0
    if group:
        yield _join(group)


def _join(tables: list[pa.Table]) -> pa.Table:
    return tables[0] if len(tables) == 1 else pa.concat_tables(tables).combine_chunks()
