"""The journal's folder as the API sees it, which may not import the collector."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.ages import Ages
from collector.old_files import count_spans, list_files, summarise_files
from schema.retention import Retention


@dataclass(frozen=True, slots=True)
class JournalFiles:
    """Files of one journal, judged by a policy."""

    directory: Path
    retention: Retention

    def summarise(self) -> list[dict[str, Any]]:
        """By place: files, bytes, the oldest, how many are past their lifetime. Raises StoreError, OSError."""
        ages = Ages(self.retention.read_horizon(), self.retention.today)
        return summarise_files(list_files(self.directory, ages))

    def count(self, tenant: str, trace_ids: Sequence[str], user: str) -> dict[str, int]:
        """Spans of some traces or a user that lie there, by place. Raises OSError."""
        return count_spans(self.directory, tenant, trace_ids, user)
