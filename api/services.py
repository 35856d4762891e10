"""What the API is given by whoever starts it, because it lives in a room that the API may not import."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

ReadinessCheck = Callable[[], str | None]
"""Says what is wrong, or None."""

TextRedactor = Callable[[str, str], str]
"""Tenant and text in, redacted text out."""


class Repricing(Protocol):
    """Prices calls anew by the service's price lists; see `collector/repricing.py`."""

    def count(self, tenant: str, first_ns: int, last_ns: int) -> tuple[int, int]:
        """Calls of a period, and in how many parts they are to be asked for."""

    def reprice(self, tenant: str, first_ns: int, last_ns: int, part: int, parts: int, apply: bool) -> dict[str, Any]:
        """What changes in one part, written if `apply`."""


WITHHELD = "[withheld: no redactor]"


def withhold_text(_tenant: str, text: str) -> str:
    """The redactor of a process that was given none: keeps nothing."""
    return WITHHELD if text else ""


def no_metrics() -> str:
    """Prometheus text of a process that counts nothing."""
    return ""


@dataclass(frozen=True, slots=True)
class Services:
    """Readiness checks by name, the metrics page, and what people's posts are redacted and understood by."""

    checks: Mapping[str, ReadinessCheck] = field(default_factory=dict)
    metrics: Callable[[], str] = no_metrics
    redact: TextRedactor = withhold_text
    repricing: Repricing | None = None
    outcome_statuses: Mapping[str, str] = field(default_factory=dict)
    """The application's own words for outcomes, in lower case, and the statuses that they stand for."""
