"""One text on its way through the redactor: at one place, with an end to its time."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson

from redaction.cache import SHORT, CacheSpace
from redaction.core import Core
from redaction.escapes import find_escaped, holds_escapes, is_encodable, resolve_escapes
from redaction.findings import (
    MARKER_TOO_DEEP,
    NO_FINDINGS,
    Finding,
    Redaction,
    count_findings,
    merge_findings,
)
from redaction.history import redact_apart, redact_history
from redaction.json_leaves import Leaf, hide_escapes
from redaction.json_text import is_container, list_ends, rewrite_json
from redaction.leaf_hits import cut_leaf_hits
from redaction.messages import NO_JSON, Cut, find_cut, parse_json
from redaction.parts import find_crossing, may_hold_parts, names_parts, rewrite_parts, write_crossing
from redaction.prefilter import Hit
from redaction.profile import Profile
from redaction.recognizers.blobs import BASE64, decode_text
from redaction.requests import redact_request
from schema.errors import OutOfTimeError

SHORTEST = 6
"""No value of any kind is shorter (`a@b.co`, `1.1.1.1`), so neither are texts that need a scan."""
_DEEPEST = 24
_SHORT_LEAF = 1000  # characters; a shorter one is looked through nearly as fast as it is looked up
_BLANKS = " \t\r\n"
_MAY_BE_JSON = frozenset(["", *"{[", *_BLANKS])  # what it begins with, too
_WHOLE_NUMBER = re.compile(r"-?(\d+)(?:\.0)?")
_PHONE_KEY = ("phone", "mobile", "tel", "fax", "msisdn", "whatsapp", "ssn", "social")


class Job:
    """Redacts one text and whatever is inside it. `until` is the end of its time by `time.monotonic`."""

    def __init__(self, core: Core, tenant: str, profile: Profile, space: CacheSpace, until: float) -> None:
        self._core = core
        self._tenant = tenant
        self._profile = profile
        self._until = until
        self._clean = core.cache.clean
        self._space = space

    def redact_text(
        self, text: str, depth: int = 0, hits: list[Hit] | None = None, key: bytes | None = None
    ) -> Redaction:
        """A text of any form, looked up first, unless that was done and there is its key. `hits` are those of the
        prefilter, where they are known already."""
        named = self._profile.named
        if not named and len(text) < SHORT and text in self._clean:
            return Redaction(text, NO_FINDINGS, 0)
        if len(text) < SHORTEST:
            if not named:
                self._core.cache.add_clean(text)
            return Redaction(text, NO_FINDINGS, 0)
        if len(text) >= SHORT and (result := self._redact_messages(text, depth)) is not None:
            return result
        # a short leaf is looked through as fast as it is looked up
        if depth and len(text) < _SHORT_LEAF:
            return self._redact_new(text, depth, hits)[0]
        key, result = (key, None) if key else self._space.get(text)
        if result is None:
            result, untouched = self._redact_new(text, depth, hits)
            if untouched and not named and result.text is text and len(text) < SHORT:
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
        if span is None or result.failed or is_container(text):
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
            text = text if is_encodable(text) else text.encode("utf-8", "replace").decode()
        head = text.lstrip(_BLANKS)[:1]
        if head and head in "{[":
            return self._redact_container(text, depth)
        return self._redact_plain(text, depth, hits)

    def _redact_plain(self, text: str, depth: int, hits: list[Hit] | None = None) -> tuple[Redaction, bool]:
        """A text that is no JSON, though it may be a piece of one: then it is also read with its escapes resolved,
        and written anew like that if this is how something is found."""
        plain = resolve_escapes(text)
        if plain is not text:
            result, _ = self._redact_plain(plain, depth)
            if result.findings:
                return result, False
        findings = self._core.scanner.find(text, self._until, self._profile.named, hits)
        return self._write(text, findings, depth), not findings

    def _redact_messages(self, text: str, depth: int) -> Redaction | None:
        """A list of messages, or a request with one; None for any other text."""
        if text[0] == "[":
            return self._redact_history(depth, text)
        if text[0] != "{":
            return None
        return redact_request(text, partial(self._redact_history, depth), lambda rest: self.redact_text(rest, depth))

    def _redact_history(self, depth: int, text: str) -> Redaction | None:
        if (cut := find_cut(text)) is None:
            return None
        return redact_history(text, cut, self._space, partial(self._redact_list, depth, cut))

    def _redact_list(self, depth: int, cut: Cut, text: str) -> Redaction | None:
        """A list of messages; None when it is not JSON. Where characters are written as escapes of their number, each
        message by itself: one with a finding is written anew, whatever came with it."""
        tree = parse_json(text)
        if tree is NO_JSON:
            return None
        if holds_escapes(text):
            return redact_apart(text, cut, lambda message: self._redact_whole(message, depth, parse_json(message))[0])
        return self._redact_whole(text, depth, tree)[0]

    def _scan_raw(self, text: str) -> list[Hit] | None:
        """Hits in raw JSON, in order of their end. Anchors hold there too, unless characters are written as escapes
        of their number: then None."""
        return None if holds_escapes(text) else self._core.scanner.scan_json(text, self._until)

    def _redact_container(self, text: str, depth: int) -> tuple[Redaction, bool]:
        """The result of what begins like JSON, and whether nothing at all was found in it."""
        tree = parse_json(text) if names_parts(text) else None
        if tree is not None and tree is not NO_JSON and may_hold_parts(text, tree):
            return self._redact_whole(text, depth, tree)
        hits = self._scan_raw(text)
        if hits is not None and not hits and not self._profile.named:
            return Redaction(text, NO_FINDINGS, 0), True
        if (parse_json(text) if tree is None else tree) is NO_JSON:
            return self._redact_plain(text, depth)
        return self._redact_leaves(text, depth, hits)

    def _redact_whole(self, text: str, depth: int, tree: Any) -> tuple[Redaction, bool]:
        """The same for what is known to be JSON, and says this."""
        if names_parts(text) and may_hold_parts(text, tree):
            counts: dict[str, int] = {}
            joined = rewrite_parts(text, partial(self.redact_parts, counts))
            if joined is not text:
                rest, _ = self._redact_leaves(joined, depth, self._scan_raw(joined))
                count_findings(counts, rest.findings)
                return Redaction(rest.text, counts, rest.failed), False
        return self._redact_leaves(text, depth, self._scan_raw(text))

    def redact_parts(self, counts: dict[str, int], parts: list[str]) -> list[str] | None:
        """Parts of one text without the values that cross from one into the next; None when there are none. Adds
        what was found to `counts`."""
        text = "".join(parts)
        if len(text) < SHORTEST:
            return None
        findings = self._core.scanner.find(text, self._until)
        found = find_crossing(parts, merge_findings(self._profile.choose(findings, text)))
        if not found:
            return None
        count_findings(counts, Counter(one.entity for one in found))
        return write_crossing(parts, found, [self._replace(one.entity, text[one.start : one.end]) for one in found])

    def _redact_leaves(self, text: str, depth: int, hits: list[Hit] | None) -> tuple[Redaction, bool]:
        """The same for JSON with these hits, whose leaves are looked at one by one."""
        if hits is not None and not hits and not self._profile.named:
            return Redaction(text, NO_FINDINGS, 0), True
        if depth > _DEEPEST:
            return Redaction(MARKER_TOO_DEEP, NO_FINDINGS, 1), False
        if hits is None:
            plain = orjson.dumps(orjson.loads(text)).decode()
            hits = self._core.scanner.scan_json(plain, self._until)
            result = self._rewrite(plain, hits, depth, find_escaped(plain))
            return (result if result.text is not plain else Redaction(text, NO_FINDINGS, 0)), not hits
        return self._rewrite(text, hits, depth), False

    def _rewrite(self, text: str, hits: list[Hit], depth: int, marks: Sequence[int] | None = None) -> Redaction:
        """Valid JSON with every leaf redacted that a hit touches, or a mark. Without marks it has no escapes of
        characters' numbers."""
        counts: dict[str, int] = {}
        failed = 0
        raw_ends = [end for _, end in hits]
        plain = hide_escapes(text)

        def rewrite(leaf: Leaf) -> str | None:
            nonlocal failed
            unknown = leaf.is_number or self._profile.named or (marks is not None and holds_escapes(leaf.cut(text)))
            within = None if unknown else cut_leaf_hits(plain, hits, raw_ends, leaf)
            result = self._redact_leaf(leaf, depth + 1, within)
            if result is None or result.text is leaf.value or result.text == leaf.value:
                return None
            count_findings(counts, result.findings)
            failed += result.failed
            return result.text

        ends = list_ends(text) if self._profile.named else [*raw_ends, *(marks or ())]
        new = rewrite_json(text, plain, ends, self._matters, rewrite)
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
        if hits and value[:1] not in _MAY_BE_JSON and value.isascii():
            return self._redact_words(value, depth, hits)
        return self.redact_text(value, depth, hits)

    def _redact_words(self, text: str, depth: int, hits: list[Hit]) -> Redaction:
        """A leaf that is no JSON: most likely it comes again, in another rendering of the same message."""
        if len(text) < _SHORT_LEAF:
            return self._redact_plain(text, depth, hits)[0]
        key, result = self._space.get(text)
        if result is None:
            result = self._redact_plain(text, depth, hits)[0]
            self._space.put(key, text, result)
        return result

    def _redact_number(self, text: str, key: str | None, keyed: bool) -> Redaction | None:
        """A card number may come as a number; a phone number is believed only under a key that says so."""
        if keyed and key is not None:
            return self.redact_keyed(key, text)
        whole = _WHOLE_NUMBER.fullmatch(text) if len(text) >= 9 else None
        if whole is None:
            return None
        result = self.redact_text(whole.group(1))
        told = key is not None and any(word in key.lower() for word in _PHONE_KEY)
        meant = result.findings and (told or "PHONE_NUMBER" not in result.findings)
        return result if meant or result.failed else None

    def _drop_clean_blobs(self, text: str, findings: list[Finding], depth: int) -> list[Finding]:
        """The findings without the blobs that hold a text in which nothing is found."""
        kept = []
        for found in findings:
            alone = found.entity == BASE64 and not any(
                other.start < found.end and found.start < other.end and other.entity != BASE64 for other in findings
            )
            inner = decode_text(text[found.start : found.end]) if alone and depth < _DEEPEST else None
            if inner is not None:
                result = self.redact_text(inner, depth + 1)
                if not result.findings and not result.failed:
                    continue
            kept.append(found)
        return kept

    def _write(self, text: str, findings: list[Finding], depth: int) -> Redaction:
        """The text with the findings that count here replaced."""
        found = self._profile.choose(findings, text) if findings else findings
        if found and self._profile.scans_blobs:
            found = self._drop_clean_blobs(text, found, depth)
        if not found:
            return Redaction(text, NO_FINDINGS, 0)
        if len(found) > 1:
            found = merge_findings(found)
        pieces: list[str] = []
        counts: dict[str, int] = {}
        at = 0
        for number, (start, end, entity, _score) in enumerate(found):
            if number & 0xFF == 0xFF and time.monotonic() > self._until:
                raise OutOfTimeError("out of time")
            pieces += (text[at:start], self._replace(entity, text[start:end]))
            counts[entity] = counts.get(entity, 0) + 1
            at = end
        pieces.append(text[at:])
        return Redaction("".join(pieces), counts, 0)

    def _replace(self, entity: str, value: str) -> str:
        return self._core.replacer.replace(self._tenant, entity, value, self._profile.actions[entity][1])
