"""The one exception from redaction: mode `full` keeps payloads as they come, where the retention policy says so.

Refused for production by whoever reads the settings (runvault/retention_file.py). Everything but the payload columns is
redacted there too.
"""

from collections.abc import Container

from redaction.findings import NO_FINDINGS, Parts, Redaction
from redaction.redactor import PlaceRedactor, TextRedactor
from schema.columns import PAYLOAD_COLUMNS
from schema.lifetimes import Mode, RetentionPolicy


class ModalRedactor:
    """A redactor that leaves payloads alone where the mode is `full`."""

    def __init__(self, redactor: TextRedactor, retention: RetentionPolicy) -> None:
        self.policy_version = redactor.policy_version
        self._redactor = redactor
        self._retention = retention

    def at(self, tenant: str, environment: str, field: str) -> PlaceRedactor:
        """The redactor of a place."""
        if field in PAYLOAD_COLUMNS and self._retention.mode(tenant, environment) is Mode.FULL:
            return AS_IT_COMES
        return self._redactor.at(tenant, environment, field)


class _Everything:
    """A container that holds every text."""

    def __contains__(self, _text: object) -> bool:
        return True


class _AsItComes:
    """Finds nothing anywhere."""

    known_clean: Container[str] = _Everything()

    def redact(self, text: str) -> Redaction:
        """The text."""
        return Redaction(text, NO_FINDINGS, 0)

    def redact_value(self, _key: str, text: str) -> Redaction:
        """The text."""
        return Redaction(text, NO_FINDINGS, 0)

    def redact_parts(self, _key: str, texts: list[str]) -> Parts:
        """The texts."""
        return Parts(texts, NO_FINDINGS, 0)

    def key_matters(self, _key: str) -> bool:
        """No."""
        return False


AS_IT_COMES = _AsItComes()
