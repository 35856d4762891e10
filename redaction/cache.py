"""Remembers what became of a text: agents send their history again with every call.

Short texts are remembered as they are, the clean ones for every tenant; long ones under a keyed hash, so that no
conversation stays in memory for longer than its span.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from redaction.findings import NO_FINDINGS, Redaction

SHORT = 64
_SHORT_ENTRIES = 50_000
_OVERHEAD = 200  # bytes of an entry beside its text, roughly


class ResultCache:
    """Least recently used, bounded by bytes. Locked, since workers may share a redactor."""

    def __init__(self, tenant_key: Callable[[str], bytes], limit: int) -> None:
        self.clean: set[str] = set()
        self._short: dict[tuple[str, str], Redaction] = {}
        self._tenant_key = tenant_key
        self._limit = limit
        self._size = 0
        self._entries: OrderedDict[bytes, Redaction | None] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, text: str, tenant: str) -> Redaction | None:
        """The remembered result, with the caller's own string when it was clean."""
        if len(text) < SHORT:
            return self._short.get((tenant, text))
        entry_key = self._hash(text, tenant)
        with self._lock:
            if entry_key not in self._entries:
                return None
            self._entries.move_to_end(entry_key)
            result = self._entries[entry_key]
        return Redaction(text, NO_FINDINGS, 0) if result is None else result

    def put(self, text: str, tenant: str, result: Redaction) -> None:
        """Remember a result."""
        clean = result.text is text
        if len(text) < SHORT:
            self._put_short(text, tenant, result, clean)
            return
        entry_key = self._hash(text, tenant)
        with self._lock:
            if entry_key in self._entries:
                return
            self._entries[entry_key] = None if clean else result
            self._size += _weigh(self._entries[entry_key])
            while self._size > self._limit:
                self._size -= _weigh(self._entries.popitem(last=False)[1])

    def add_clean(self, text: str) -> None:
        """Remember a short text that needs no redaction."""
        if len(self.clean) >= _SHORT_ENTRIES:
            self.clean.clear()
        self.clean.add(text)

    def _put_short(self, text: str, tenant: str, result: Redaction, clean: bool) -> None:
        if clean:
            self.add_clean(text)
            return
        if len(self._short) >= _SHORT_ENTRIES:
            self._short.clear()
        self._short[(tenant, text)] = result

    def _hash(self, text: str, tenant: str) -> bytes:
        data = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, key=self._tenant_key(tenant), digest_size=16, person=b"cache").digest()


def _weigh(result: Redaction | None) -> int:
    return _OVERHEAD if result is None else _OVERHEAD + len(result.text)
