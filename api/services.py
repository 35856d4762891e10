"""What the API is given by whoever starts it, because it lives in a room that the API may not import."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vault.audit import AuditTrail, NoTrail
from vault.key_file import KeyRing

ReadinessCheck = Callable[[], str | None]
"""Says what is wrong, or None."""

TextRedactor = Callable[[str, str], str]
"""Tenant and text in, redacted text out."""

WITHHELD = "[withheld: no redactor]"


def withhold_text(_tenant: str, text: str) -> str:
    """The redactor of a process that was given none: keeps nothing."""
    return WITHHELD if text else ""


def no_metrics() -> str:
    """Prometheus text of a process that counts nothing."""
    return ""


@dataclass(frozen=True, slots=True)
class Services:
    """Readiness checks by name, the metrics page, the redactor for texts that people post, who may ask, and where it
    is written down. The defaults keep no text, know no key and can write nothing down."""

    checks: Mapping[str, ReadinessCheck] = field(default_factory=dict)
    metrics: Callable[[], str] = no_metrics
    redact: TextRedactor = withhold_text
    keys: KeyRing | None = None
    """None: the keyless caller of loopback, in the settings' default tenant."""
    trail: AuditTrail = field(default_factory=NoTrail)
