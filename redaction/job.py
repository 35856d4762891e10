"""One text on its way through the redactor: at one place, with an end to its time."""

import re
import time
from bisect import bisect_right
from typing import Any, Protocol

import orjson

from redaction.actions import Replacer
from redaction.cache import CacheSpace, ResultCache
from redaction.findings import (
    MARKER_TOO_DEEP,
    NO_FINDINGS,
    Finding,
    Redaction,
    count_findings,
    merge_findings,
)
from redaction.json_text import Leaf, drop_measures, list_ends, rewrite_json
from redaction.keyed import KeyedValues
from redaction.messages import is_whole, join_messages, split_messages
from redaction.prefilter import Hit
from redaction.profile import Profile
from redaction.scanner import Scanner
from schema.errors import OutOfTimeError

SHORTEST = 6
"""No value of any kind is shorter (`a@b.co`, `1.1.1.1`), so neither are texts that need a scan."""
_DEEPEST = 24
_SHORT = 64
_SHORT_LEAF = 200
Known = tuple[bytes, Redaction | None]
_BLANKS = " \t\r\n"
_ESCAPES = ("\\u", "\\/")
_WHOLE_NUMBER = re.compile(r"-?(\d+)(?:\.0)?")
_PHONE_KEY = ("phone", "mobile", "tel", "fax", "msisdn", "whatsapp", "ssn", "social")


class Core(Protocol):
    """What a job needs of its redactor."""

    scanner: Scanner
    cache: ResultCache
    keyed: KeyedValues
    replacer: Replacer


class Job:
    """Redacts one text and whatever is inside it. `until` is the end of its time by `time.monotonic`."""

    def __init__(self, core: Core, tenant: str, profile: Profile, space: CacheSpace, until: float) -> None:
        self._core = core
        self._tenant = tenant
        self._profile = profile
        self._until = until
        self._clean = core.cache.clean
        self._space = space

    def redact_text(self, text: str, depth: int = 0, hits: list[Hit] | None = None) -> Redaction:
        """A text of any form, looked up first. `hits` are those of the prefilter, where they are known already."""
        named = self._profile.named
        if not named and text in self._clean:
            return Redaction(text, NO_FINDINGS, 0)
        if len(text) < SHORTEST:
            if not named:
                self._core.cache.add_clean(text)
            return Redaction(text, NO_FINDINGS, 0)
        # a short leaf is looked through as fast as it is looked up
        if depth and len(text) < _SHORT_LEAF:
            return self._redact_new(text, depth, hits)[0]
        key, result = self._space.get(text)
        if result is None:
            result, untouched = self._redact_new(text, depth, hits)
            if untouched and not named and result.text is text and len(text) < _SHORT:
                self._core.cache.add_clean(text)
            elif not result.failed:  # what failed here may do so no more, or have more time
                self._space.put(key, text, result)
        return result

    def redact_keyed(self, key: str, text: str, depth: int = 0, hits: list[Hit] | None = None) -> Redaction:
        """A value under a key that says what it is goes whole; its own kind names it when that covers all of it."""
        entity = self._core.keyed.find_entity(key)
        result = self.redact_text(text, depth, hits)
        if entity is None or not self._profile.redacts(entity):
            return result
        span = self._core.keyed.find_span(entity, text)
        if span is None or result.failed or _is_container(text):
            return result
        if result.text != text and self._core.keyed.find_span(entity, result.text) is None:
            return result
        value = text[span[0] : span[1]]
        if value.casefold() in self._profile.allow.get(entity, ()):
            return result
        new = self._replace(entity, value)
        return Redaction(text[: span[0]] + new + text[span[1] :], {entity: 1}, 0)

    def _redact_new(self, text: str, depth: int, hits: list[Hit] | None = None) -> tuple[Redaction, bool]:
        """The result, and whether nothing at all was found, so that the text is clean at every place."""
        if time.monotonic() > self._until:
            raise OutOfTimeError("out of time")
        if not text.isascii():
            # Half of a surrogate pair is no character: it can be neither written nor scanned.
            text = text if _is_encodable(text) else text.encode("utf-8", "replace").decode()
        head = text.lstrip(_BLANKS)[:1]
        if head == "[" and (messages := split_messages(text)) is not None:
            result = self._redact_messages(text, messages, depth)
            if result is not None:
                return result, False
        if head and head in "{[":
            return self._redact_container(text, depth)
        findings = self._core.scanner.find(text, self._until, self._profile.named, hits)
        return self._write(text, findings), not findings

    def _redact_messages(self, text: str, messages: list[str], depth: int) -> Redaction | None:
        """A list of messages, each looked up by itself: the next call repeats all of them. None when one that must be
        rewritten is not JSON by itself."""
        space = self._space
        known = [space.get(message) for message in messages]
        if any(result is None for _, result in known):
            known = self._look_through(text, messages, known, depth)
            if not known:
                return None
        results = [result for _, result in known if result is not None]
        if all(result.text is message for result, message in zip(results, messages, strict=True)):
            return Redaction(text, NO_FINDINGS, 0)
        counts: dict[str, int] = {}
        for result in results:
            count_findings(counts, result.findings)
        return Redaction(join_messages([one.text for one in results]), counts, sum(one.failed for one in results))

    def _look_through(self, text: str, messages: list[str], known: list[Known], depth: int) -> list[Known]:
        """Results of all messages: one scan of the whole list tells which of the new ones hold a hit."""
        raw = not any(escape in text for escape in _ESCAPES) and not self._profile.named
        ends = sorted(end for _, end in self._core.scanner.scan(text, self._until)) if raw else None
        results: list[Known] = []
        start = 1
        for message, (key, result) in zip(messages, known, strict=True):
            stop = start + len(message)
            if result is None:
                touched = ends is None or bisect_right(ends, stop + 1) > bisect_right(ends, start - 1)
                if touched and not is_whole(message):
                    return []
                result = self._redact_container(message, depth)[0] if touched else Redaction(message, NO_FINDINGS, 0)
                if not result.failed:
                    self._space.put(key, message, result)
            results.append((key, result))
            start = stop + 1
        return results

    def _redact_container(self, text: str, depth: int) -> tuple[Redaction, bool]:
        # Anchors hold in raw JSON too, unless characters are written as escapes.
        raw = not any(escape in text for escape in _ESCAPES)
        hits = drop_measures(text, self._core.scanner.scan(text, self._until)) if raw else None
        if hits is not None and not hits and not self._profile.named:
            return Redaction(text, NO_FINDINGS, 0), True
        try:
            tree = orjson.loads(text)
        except orjson.JSONDecodeError:
            findings = self._core.scanner.find(text, self._until, self._profile.named)
            return self._write(text, findings), not findings
        if depth > _DEEPEST:
            return Redaction(MARKER_TOO_DEEP, NO_FINDINGS, 1), False
        if hits is None:
            plain = orjson.dumps(tree).decode()
            hits = self._core.scanner.scan(plain, self._until)
            result = self._rewrite(plain, hits, depth)
            return (result if result.text is not plain else Redaction(text, NO_FINDINGS, 0)), not hits
        return self._rewrite(text, hits, depth), False

    def _rewrite(self, text: str, hits: list[Hit], depth: int) -> Redaction:
        counts: dict[str, int] = {}
        failed = 0
        hits = sorted(hits, key=_end_of)
        same = hits if text.isascii() and not self._profile.named else None  # offsets then hold inside the leaf

        def rewrite(leaf: Leaf) -> str | None:
            nonlocal failed
            within = None if same is None else _hits_within(same, leaf)
            result = self._redact_leaf(leaf, depth + 1, within)
            if result is None or result.text is leaf.value or result.text == leaf.value:
                return None
            count_findings(counts, result.findings)
            failed += result.failed
            return result.text

        ends = list_ends(text) if self._profile.named else [end for _, end in hits]
        new = rewrite_json(text, ends, self._matters, rewrite)
        return Redaction(new, counts, failed)

    def _matters(self, key: str) -> bool:
        return self._core.keyed.find_entity(key) is not None

    def _redact_leaf(self, leaf: Leaf, depth: int, hits: list[Hit] | None) -> Redaction | None:
        key, value = leaf.key, leaf.value
        keyed = key is not None and self._matters(key)
        if leaf.is_number:
            return self._redact_number(value, key, keyed)
        if keyed and key is not None:
            return self.redact_keyed(key, value, depth, hits)
        return self.redact_text(value, depth, hits)

    def _redact_number(self, text: str, key: str | None, keyed: bool) -> Redaction | None:
        """A card number may come as a number; a phone number is believed only under a key that says so."""
        if keyed and key is not None:
            return self.redact_keyed(key, text)
        whole = _WHOLE_NUMBER.fullmatch(text) if len(text) >= 9 else None
        if whole is None:
            return None
        result = self.redact_text(whole.group(1))
        if not result.findings and not result.failed:
            return None
        told = key is not None and any(word in key.lower() for word in _PHONE_KEY)
        return None if "PHONE_NUMBER" in result.findings and not told else result

    def _write(self, text: str, findings: list[Finding]) -> Redaction:
        """The text with the findings that count here replaced."""
        found = merge_findings(self._profile.choose(findings, text)) if findings else findings
        if not found:
            return Redaction(text, NO_FINDINGS, 0)
        pieces: list[str] = []
        counts: dict[str, int] = {}
        at = 0
        for number, (start, end, entity, _score) in enumerate(found):
            if not number & 0xFF and time.monotonic() > self._until:
                raise OutOfTimeError("out of time")
            pieces += (text[at:start], self._replace(entity, text[start:end]))
            counts[entity] = counts.get(entity, 0) + 1
            at = end
        pieces.append(text[at:])
        return Redaction("".join(pieces), counts, 0)

    def _replace(self, entity: str, value: str) -> str:
        return self._core.replacer.replace(self._tenant, entity, value, self._profile.actions[entity][1])


def _hits_within(hits: list[Hit], leaf: Leaf) -> list[Hit] | None:
    """The hits of a raw text as the leaf has them; None when the leaf is written with escapes."""
    first, size = leaf.start + 1, len(leaf.value)
    if leaf.is_number or leaf.end - leaf.start != size + 2:
        return None
    begin = bisect_right(hits, first, key=_end_of)
    return [(anchor, min(end - first, size)) for anchor, end in hits[begin : bisect_right(hits, leaf.end, key=_end_of)]]


def _end_of(hit: Hit) -> int:
    return hit[1]


def _is_container(text: str) -> bool:
    if text.lstrip(_BLANKS)[:1] not in ("{", "["):
        return False
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict | list)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
