"""What the API is given by whoever starts it, because it lives in a room that the API may not import."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from api.answers import Json
from schema.errors import AuditError
from schema.retention import Retention
from vault.audit import AuditTrail, NoTrail
from vault.break_glass import BreakGlassRules
from vault.key_file import KeyRing
from vault.opener import Opener

ReadinessCheck = Callable[[], str | None]
"""Says what is wrong, or None."""

TextRedactor = Callable[[str, str], str]
"""Tenant and text in, redacted text out."""


class Repricing(Protocol):
    """Prices calls anew by the service's price lists; see `collector/repricing.py`.

    Of one environment, or of all for an empty name; times are nanoseconds since 1970, the second not in it.
    """

    def count(self, tenant: str, environment: str, times: tuple[int, int]) -> tuple[int, int]:
        """Calls between two times, and in how many parts they are to be asked for."""

    def reprice(
        self, tenant: str, environment: str, times: tuple[int, int], part: int, parts: int, apply: bool
    ) -> Json:
        """What changes in one part, written if `apply`."""


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


def tell_nobody(_news: Mapping[str, str]) -> None:
    """The notification of a service that was told of nobody."""


def no_metrics() -> str:
    """Prometheus text of a process that counts nothing."""
    return ""


class Audits(Protocol):
    """What the API asks of whoever keeps the audit trail; `vault/audit_keeper.py` does."""

    def flush(self) -> None:
        """Let the store have every entry. Raises AuditError, StoreError."""

    def verify(self) -> list[Json]:
        """A report per chain. Raises AuditError, StoreError."""

    def read_heads(self) -> tuple[list[Json], dict[str, str]]:
        """Signed heads, and public keys by chain. Raises AuditError."""


class NoAudits:
    """The keeper of a process that has none: what it would tell is not there, which is not the same as whole."""

    def flush(self) -> None:
        """Refuse."""
        raise AuditError("this process has no audit trail")

    def verify(self) -> list[Json]:
        """Refuse."""
        raise AuditError("this process has no audit trail")

    def read_heads(self) -> tuple[list[Json], dict[str, str]]:
        """Refuse."""
        raise AuditError("this process has no audit trail")


@dataclass(frozen=True, slots=True)
class Glass:
    """What break-glass needs: its rules, the key that its events are signed with, the opener if this process has one,
    and whom to tell of each step."""

    rules: BreakGlassRules
    event_key: bytes
    opener: Opener | None = None
    notify: Callable[[Mapping[str, str]], None] = tell_nobody


@dataclass(frozen=True, slots=True)
class Services:
    """Readiness checks by name, the metrics page, what people's posts are redacted and understood by, who may ask and
    where it is written down, the retention of the store, the journal's folder, and who prices calls anew. The
    defaults keep no text, know no key, can write nothing down and let nothing go."""

    checks: Mapping[str, ReadinessCheck] = field(default_factory=dict)
    metrics: Callable[[], str] = no_metrics
    redact: TextRedactor = withhold_text
    keys: KeyRing | None = None
    """None: the keyless caller of loopback, in the settings' default tenant."""
    trail: AuditTrail = field(default_factory=NoTrail)
    audits: Audits = field(default_factory=NoAudits)
    retention: Retention | None = None
    files: FileCounts | None = None
    glass: Glass | None = None
    """None: originals are never opened by this process."""
    repricing: Repricing | None = None
    outcome_statuses: Mapping[str, str] = field(default_factory=dict)
    """The application's own words for outcomes, in lower case, and the statuses that they stand for."""
