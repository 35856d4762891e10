"""A list of messages, page by page and message by message: what is known is not looked through again.

text ─▶ pages ─▶ known? ─▶ messages ─▶ known? ─▶ one scan over the new ones ─▶ those with a hit
"""

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

from redaction.cache import CacheSpace
from redaction.findings import NO_FINDINGS, Redaction, count_findings
from redaction.messages import is_full, join_messages, join_pages, split_messages
from redaction.parts import may_hold_parts
from redaction.prefilter import Hit

Scan = Callable[[str], list[Hit] | None]
"""Hits in raw JSON in order of their end; None where they would not tell."""
RedactMessage = Callable[[str, list[Hit] | None, bool], Redaction | None]
"""The result of a message with these hits, which may have parts or not; None when it is not JSON by itself."""


class History:
    """Redacts lists of messages; every call of an agent repeats those of the last one."""

    def __init__(self, space: CacheSpace, scan: Scan, redact_message: RedactMessage) -> None:
        self._space = space
        self._scan = scan
        self._redact_message = redact_message

    def redact(self, text: str, pages: list[str]) -> Redaction | None:
        """The list redacted; None when a message that must be rewritten is not JSON by itself."""
        results: list[Redaction] = []
        for page in pages:
            key, result = self._space.get(page)
            if result is None:
                result = self._redact_page(page)
                if result is None:
                    return None
                if is_full(page) and not result.failed:
                    self._space.put(key, page, result)
            results.append(result)
        return _join(text, pages, results, join_pages)

    def _redact_page(self, page: str) -> Redaction | None:
        messages = split_messages(page)
        keys, results = self._space.get_all(messages)
        new = [number for number, result in enumerate(results) if result is None]
        starts = list(accumulate((len(message) + 1 for message in messages), initial=0))
        hits = self._scan(page[starts[new[0]] : starts[new[-1] + 1]]) if new else None
        ends = [end for _, end in hits or ()]
        has_parts = may_hold_parts(page)
        found: list[tuple[bytes, str, Redaction]] = []
        for number in new:
            message, begin = messages[number], starts[number] - starts[new[0]]
            within = None if hits is None else _cut_hits(hits, ends, begin, len(message))
            result = self._redact_message(message, within, has_parts)
            if result is None:
                return None
            if not result.failed:
                found.append((keys[number], message, result))
            results[number] = result
        self._space.put_all(found)
        return _join(page, messages, [result for result in results if result is not None], join_messages)


def _cut_hits(hits: list[Hit], ends: list[int], start: int, size: int) -> list[Hit]:
    """The hits in a part of the text, as the part has them. A hit may end on the sign behind the part."""
    first = bisect_right(ends, start)
    last = bisect_right(ends, start + size + 1, first)
    return [(anchor, min(end - start, size)) for anchor, end in hits[first:last]]


def _join(text: str, parts: list[str], results: list[Redaction], join: Callable[[list[str]], str]) -> Redaction:
    """The results of all parts as that of the text; the very same string when no part has changed."""
    if all(result.text is part for result, part in zip(results, parts, strict=True)):
        return Redaction(text, NO_FINDINGS, 0)
    counts: dict[str, int] = {}
    for result in results:
        count_findings(counts, result.findings)
    return Redaction(join([one.text for one in results]), counts, sum(one.failed for one in results))
