"""Remembers what became of a text: agents send their history again with every call.

No text that held a finding is kept: results stand under a keyed hash, whose key lives as long as the process. Short
texts in which nothing at all was found are kept as they are, for every tenant.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence

from redaction.findings import NO_FINDINGS, Redaction

CLEAN = Redaction("", NO_FINDINGS, 0)
"""Stands for a text in which nothing was found: the result is the text itself."""
SHORT = 64
"""A text of fewer characters is remembered as it is when nothing was found in it."""
_SHORT_ENTRIES = 50_000
_MOST_LENGTHS = 100_000
_OVERHEAD = 200  # bytes of an entry beside its text, roughly


class ResultCache:
    """Least recently used, bounded by bytes. Locked, since workers may share a redactor."""

    def __init__(self, limit: int) -> None:
        self.clean: set[str] = set()
        self.lengths: set[int] = set()
        self._key = os.urandom(32)
        self._limit = limit
        self._size = 0
        self._entries: OrderedDict[bytes, Redaction] = OrderedDict()
        self._lock = threading.Lock()

    def open_space(self, *names: str) -> "CacheSpace":
        """A part of the cache of its own, for one tenant and one way of redacting."""
        return CacheSpace(self, hashlib.sha256(self._key + "\0".join(names).encode("utf-8", "replace")))

    def get(self, key: bytes) -> Redaction | None:
        """The remembered result, `CLEAN` for that of a clean text; None where nothing is known."""
        result = self._entries.get(key)
        if result is not None:
            with self._lock:
                if key in self._entries:  # another thread may just have dropped it
                    self._entries.move_to_end(key)
        return result

    def put(self, key: bytes, result: Redaction) -> None:
        """Remember a result under its key."""
        entries = self._entries
        with self._lock:
            if key not in entries:
                entries[key] = result
                self._size += _OVERHEAD + len(result.text)
            while self._size > self._limit:
                self._size -= _OVERHEAD + len(entries.popitem(last=False)[1].text)

    def add_clean(self, text: str) -> None:
        """Remember a short text in which nothing was found."""
        if len(self.clean) >= _SHORT_ENTRIES:
            self.clean.clear()
        self.clean.add(text)

    def add_length(self, length: int) -> None:
        """Remember how long a list of messages was, without its closing bracket: only there a look is worth a hash."""
        if len(self.lengths) >= _MOST_LENGTHS:
            self.lengths.clear()
        self.lengths.add(length)


class CacheSpace:
    """Results of one tenant under one profile."""

    # SHA-256 because processors have instructions for it: 1.7 GB/s here, twice BLAKE2b.
    def __init__(self, cache: ResultCache, base: "hashlib._Hash") -> None:
        self.look_up = cache.get
        self.lengths = cache.lengths
        self.add_length = cache.add_length
        self._cache = cache
        self._base = base

    def hash_lists(self, data: bytes, borders: Sequence[int]) -> list[bytes]:
        """The keys of the texts that end at each border, in order, with a closing bracket."""
        state = self._base.copy()
        view = memoryview(data)
        keys, at = [], 0
        for border in borders:
            state.update(view[at:border])
            closed = state.copy()
            closed.update(b"]")
            keys.append(closed.digest())
            at = border
        return keys

    def get(self, text: str) -> tuple[bytes, Redaction | None]:
        """The text's key, and the remembered result, with the caller's own string where it was clean."""
        state = self._base.copy()
        state.update(text.encode("utf-8", "surrogatepass"))
        key = state.digest()
        result = self._cache.get(key)
        return key, Redaction(text, NO_FINDINGS, 0) if result is CLEAN else result

    def put(self, key: bytes, text: str, result: Redaction) -> None:
        """Remember the result of a text under its key."""
        self._cache.put(key, CLEAN if result.text is text else result)
