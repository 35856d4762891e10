"""What the API is given by whoever starts it, because it lives in a room that the API may not import."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from schema.retention import Retention

ReadinessCheck = Callable[[], str | None]
"""Says what is wrong, or None."""

TextRedactor = Callable[[str, str], str]
"""Tenant and text in, redacted text out."""


class FileCounts(Protocol):
    """What lies in the journal's folder and is not in the store."""

    def summarise(self) -> list[dict[str, Any]]:
        """By place: files, bytes, the oldest, how many are past their lifetime."""

    def count(self, tenant: str, trace_ids: Sequence[str], user: str) -> dict[str, int]:
        """Spans of some traces or a user, by place."""


WITHHELD = "[withheld: no redactor]"


def withhold_text(_tenant: str, text: str) -> str:
    """The redactor of a process that was given none: keeps nothing."""
    return WITHHELD if text else ""


def no_metrics() -> str:
    """Prometheus text of a process that counts nothing."""
    return ""


@dataclass(frozen=True, slots=True)
class Services:
    """Readiness checks by name, the metrics page, the redactor for texts that people post, the retention of the store,
    and what lies in the journal's folder."""

    checks: Mapping[str, ReadinessCheck] = field(default_factory=dict)
    metrics: Callable[[], str] = no_metrics
    redact: TextRedactor = withhold_text
    retention: Retention | None = None
    files: FileCounts | None = None
