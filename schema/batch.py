"""The two forms of a batch of spans: before redaction (Python columns) and after (an Arrow table).

Only `redaction/walk.py` makes a `RedactedBatch`, and only a `RedactedBatch` can be journalled: that is invariant 1
("nothing raw is ever written") as a type.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from schema.columns import COLUMNS, REDACTION_COLUMNS

TextMap = dict[str, str]
Columns = dict[str, list[Any]]
"""Column name → one value per span: str, int, float, Decimal, datetime.date, dict[str, str] or lists of them."""

INPUT_COLUMNS = tuple(column.name for column in COLUMNS if column.name not in REDACTION_COLUMNS)


@dataclass(slots=True)
class SpanBatch:
    """Spans as columns, not redacted: holds every column of `INPUT_COLUMNS`, all of the same length."""

    columns: Columns

    def __len__(self) -> int:
        return len(self.columns["SpanId"])


@dataclass(frozen=True, slots=True)
class RedactedBatch:
    """Spans as an Arrow table in `JOURNAL_SCHEMA`, fit to be written."""

    table: pa.Table
    findings: dict[str, int]
    failed_closed: int
    scanned_bytes: int

    def __len__(self) -> int:
        return int(self.table.num_rows)
