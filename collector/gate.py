"""Who may send, and how much: asked before a body is read, told what was kept."""

from dataclasses import dataclass

from vault.caller import Caller, Role
from vault.key_file import KeyRing, require_role
from vault.keys import Key
from vault.limits import Limits


@dataclass(frozen=True, slots=True)
class Admission:
    """Whose spans these are; no key where none is needed."""

    caller: Caller
    key: Key | None


class Gate:
    """The keys and limits of one collector process."""

    def __init__(self, keys: KeyRing, limits: Limits) -> None:
        self._keys = keys
        self._limits = limits

    def admit(self, authorization: str | None, address: str) -> Admission:
        """Let a sender in. Raises Unauthenticated, Forbidden, RateLimited, QuotaUsedUp, KeyFileError."""
        caller, key = self._keys.recognise(authorization, address)
        require_role(caller, Role.INGEST)
        if key is not None:
            self._limits.check(key)
        return Admission(caller, key)

    def charge(self, admission: Admission, spans: int, size: int) -> None:
        """Count what was kept: spans and bytes, decompressed. Raises KeyFileError."""
        if admission.key is not None:
            self._limits.charge(admission.key, spans, size)
