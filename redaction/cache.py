"""Remembers what became of a text: agents send their history again with every call.

No text that held a finding is kept: results stand under a keyed hash, whose key lives as long as the process. Short
texts in which nothing at all was found are kept as they are, for every tenant.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from redaction.findings import NO_FINDINGS, Redaction

SHORT = 64
_SHORT_ENTRIES = 50_000
_OVERHEAD = 200  # bytes of an entry beside its text, roughly


class ResultCache:
    """Least recently used, bounded by bytes. Locked, since workers may share a redactor."""

    def __init__(self, limit: int) -> None:
        self.clean: set[str] = set()
        self._key = os.urandom(32)
        self._limit = limit
        self._size = 0
        self._entries: OrderedDict[bytes, Redaction | None] = OrderedDict()
        self._lock = threading.Lock()

    def open_space(self, *names: str) -> "CacheSpace":
        """A part of the cache of its own, for one tenant and one way of redacting."""
        return CacheSpace(self, hashlib.sha256(self._key + "\0".join(names).encode("utf-8", "replace")))

    def get_all(self, keys: Sequence[bytes], texts: Sequence[str]) -> list[Redaction | None]:
        """The remembered results, with the caller's own string where it was clean; None where nothing is known."""
        entries = self._entries
        results: list[Redaction | None] = []
        with self._lock:
            for key, text in zip(keys, texts, strict=True):
                if key not in entries:
                    results.append(None)
                    continue
                entries.move_to_end(key)
                results.append(entries[key] or Redaction(text, NO_FINDINGS, 0))
        return results

    def put_all(self, results: Iterable[tuple[bytes, Redaction | None]]) -> None:
        """Remember results under their keys; None for a clean text."""
        entries = self._entries
        with self._lock:
            for key, result in results:
                if key not in entries:
                    entries[key] = result
                    self._size += _weigh(result)
            while self._size > self._limit:
                self._size -= _weigh(entries.popitem(last=False)[1])

    def add_clean(self, text: str) -> None:
        """Remember a short text in which nothing was found."""
        if len(self.clean) >= _SHORT_ENTRIES:
            self.clean.clear()
        self.clean.add(text)


class CacheSpace:
    """Results of one tenant under one profile."""

    # SHA-256 because processors have instructions for it: 1.7 GB/s here, twice BLAKE2b.
    def __init__(self, cache: ResultCache, base: "hashlib._Hash") -> None:
        self._cache = cache
        self._base = base

    def hash(self, text: str) -> bytes:
        """The key of a text in this space."""
        state = self._base.copy()
        state.update(text.encode("utf-8", "surrogatepass"))
        return state.digest()

    def get(self, text: str) -> tuple[bytes, Redaction | None]:
        """The text's key, and the remembered result."""
        key = self.hash(text)
        return key, self._cache.get_all((key,), (text,))[0]

    def get_all(self, texts: Sequence[str]) -> tuple[list[bytes], list[Redaction | None]]:
        """The keys of several texts, and what is remembered of each."""
        keys = list(map(self.hash, texts))
        return keys, self._cache.get_all(keys, texts)

    def put(self, key: bytes, text: str, result: Redaction) -> None:
        """Remember a result under its key."""
        self.put_all(((key, text, result),))

    def put_all(self, results: Iterable[tuple[bytes, str, Redaction]]) -> None:
        """Remember results of texts under their keys."""
        self._cache.put_all((key, None if result.text is text else result) for key, text, result in results)


def _weigh(result: Redaction | None) -> int:
    return _OVERHEAD if result is None else _OVERHEAD + len(result.text)
