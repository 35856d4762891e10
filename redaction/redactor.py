"""Text in; redacted text and remarks out. Fails closed: what cannot be read becomes a marker, never passes.

The text of a JSON container is walked leaf by leaf (keys, strings, numbers; a string that is JSON again is walked
again) and written anew only if something in it changed.
"""

from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson

from redaction.cache import ResultCache
from redaction.findings import MARKER_FAILED, MARKER_TOO_DEEP, NO_FINDINGS, Redaction, count_findings
from redaction.policy import Policy
from redaction.recognizers.blobs import BASE64, blob_marker
from redaction.recognizers.credentials import secret_entity, secret_span
from redaction.scanner import Scanner
from redaction.tokens import Tokenizer

SHORTEST = 6
"""No value of any kind is shorter (`a@b.co`, `1.1.1.1`), so neither are texts that need a scan."""
_DEEPEST = 48
_BLANKS = " \t\r\n"
_PHONE_KEY = ("phone", "mobile", "tel", "fax", "msisdn", "whatsapp", "ssn", "social")


class TextRedactor(Protocol):
    """What the walker needs of a redactor."""

    policy_version: str

    @property
    def known_clean(self) -> Container[str]:
        """Texts that need not be asked about."""

    def redact(self, text: str, tenant: str) -> Redaction:
        """The text without what the policy names."""

    def redact_value(self, key: str, text: str, tenant: str) -> Redaction:
        """The same for a value that stands under a key, which may be a secret only because the key says so."""

    def is_secret_key(self, key: str) -> bool:
        """True when `redact_value` could find what `redact` would not."""


class Redactor:
    """Redacts by one policy under one key. `cache_dir` keeps the compiled prefilter between starts."""

    def __init__(self, policy: Policy, key: bytes, cache_dir: Path | None = None, cache_bytes: int = 64 << 20) -> None:
        self.policy_version: str = policy.version
        self._policy = policy
        self._tokenizer = Tokenizer(key)
        self._scanner = Scanner(policy, cache_dir)
        self._cache = ResultCache(self._tokenizer.tenant_key, cache_bytes)
        self._secret_keys: dict[str, str | None] = {}

    @property
    def known_clean(self) -> Container[str]:
        """Short texts seen before and found clean, whoever sent them."""
        return self._cache.clean

    def keyed_hash(self, tenant: str, text: str) -> str:
        """32 hex digits over a text under the tenant's key."""
        return self._tokenizer.keyed_hash(tenant, text)

    def redact(self, text: str, tenant: str) -> Redaction:
        """The redacted text with counts; the very same string when nothing was found."""
        return self._guard(self._redact_text, text, tenant)

    def redact_many(self, texts: Sequence[str], tenant: str) -> list[Redaction]:
        """`redact` for each text."""
        return [self.redact(text, tenant) for text in texts]

    def redact_value(self, key: str, text: str, tenant: str) -> Redaction:
        """`redact`, and the whole value is a secret when the key says so (`password`, `x-api-key`, `authorization`)."""
        if self._secret_kind(key) is None:
            return self._guard(self._redact_text, text, tenant)
        return self._guard(lambda value, owner: self._redact_secret(key, value, owner), text, tenant)

    def is_secret_key(self, key: str) -> bool:
        """True for a key such as `db.password`; a look-up once the key has been seen."""
        return self._secret_kind(key) is not None

    def _guard(self, work: Callable[[str, str], Redaction], text: str, tenant: str) -> Redaction:
        try:
            return work(text, tenant)
        # Whatever went wrong, the text must not pass and must not be in a traceback that someone logs.
        except Exception:  # noqa: BLE001
            return Redaction(MARKER_FAILED, NO_FINDINGS, 1)

    def _redact_text(self, text: str, tenant: str, depth: int = 0) -> Redaction:
        if text in self._cache.clean:
            return Redaction(text, NO_FINDINGS, 0)
        if len(text) < SHORTEST:
            self._cache.add_clean(text)
            return Redaction(text, NO_FINDINGS, 0)
        cached = self._cache.get(text, tenant)
        if cached is not None:
            return cached
        result = self._redact_new(text, tenant, depth)
        if not (result.failed and depth):  # what was too deep here may not be too deep elsewhere
            self._cache.put(text, tenant, result)
        return result

    def _redact_new(self, text: str, tenant: str, depth: int) -> Redaction:
        if not text.isascii():
            # Half of a surrogate pair is no character: it can be neither written nor scanned.
            text = text if _is_encodable(text) else text.encode("utf-8", "replace").decode()
        head = text.lstrip(_BLANKS)[:1]
        if head and head in "{[":
            # Anchors hold in raw JSON too, unless characters are written as escapes.
            if "\\u" not in text and "\\/" not in text and not self._scanner.may_find(text):
                return Redaction(text, NO_FINDINGS, 0)
            try:
                tree = orjson.loads(text)
            except orjson.JSONDecodeError:
                return self._redact_plain(text, tenant)
            return self._redact_json(text, tree, tenant, depth)
        return self._redact_plain(text, tenant)

    def _redact_plain(self, text: str, tenant: str) -> Redaction:
        found = self._scanner.find(text)
        if not found:
            return Redaction(text, NO_FINDINGS, 0)
        pieces: list[str] = []
        counts: dict[str, int] = {}
        at = 0
        for start, end, entity, _score in found:
            pieces += (text[at:start], self._replace(text[start:end], entity, tenant))
            counts[entity] = counts.get(entity, 0) + 1
            at = end
        pieces.append(text[at:])
        return Redaction("".join(pieces), counts, 0)

    def _replace(self, value: str, entity: str, tenant: str) -> str:
        return blob_marker(value) if entity == BASE64 else self._tokenizer.make_token(tenant, entity, value)

    def _redact_json(self, text: str, tree: Any, tenant: str, depth: int) -> Redaction:
        walk = _JsonWalk(self, tenant)
        changed = walk.visit(tree, None, depth + 1)
        if changed is tree:
            return Redaction(text, NO_FINDINGS, 0)
        return Redaction(orjson.dumps(changed).decode(), walk.counts, walk.failed)

    def _secret_kind(self, key: str) -> str | None:
        try:
            return self._secret_keys[key]
        except KeyError:
            entity = secret_entity(key)
            entity = entity if entity in self._policy.entities else None
            if len(self._secret_keys) > 10_000:
                self._secret_keys.clear()
            self._secret_keys[key] = entity
            return entity

    def _redact_secret(self, key: str, text: str, tenant: str, depth: int = 0) -> Redaction:
        """A value under a secret's key goes whole; its own kind names it when that kind covers all of it."""
        entity = self._secret_kind(key)
        result = self._redact_text(text, tenant, depth)
        span = secret_span(entity, text) if entity else None
        if entity is None or span is None or result.failed or _is_container(text):
            return result
        if result.text != text and secret_span(entity, result.text) is None:
            return result
        token = self._tokenizer.make_token(tenant, entity, text[span[0] : span[1]])
        return Redaction(text[: span[0]] + token, {entity: 1}, 0)


class _JsonWalk:
    """One walk over a parsed JSON text; a part that did not change is the same object afterwards."""

    def __init__(self, redactor: Redactor, tenant: str) -> None:
        self._redactor = redactor
        self._tenant = tenant
        self.counts: dict[str, int] = {}
        self.failed = 0

    def visit(self, node: Any, key: str | None, depth: int) -> Any:
        """The redacted form of a value that stands under `key`."""
        if isinstance(node, str):
            return self._visit_text(node, key, depth)
        if isinstance(node, (dict, list)):
            if depth > _DEEPEST:
                self.failed += 1
                return MARKER_TOO_DEEP
            return self._visit_dict(node, depth) if isinstance(node, dict) else self._visit_list(node, key, depth)
        if isinstance(node, (int, float)) and not isinstance(node, bool):
            return self._visit_number(node, key, depth)
        return node

    def _visit_text(self, text: str, key: str | None, depth: int) -> str:
        redactor = self._redactor
        if key is None or redactor._secret_kind(key) is None:
            result = redactor._redact_text(text, self._tenant, depth)
        else:
            result = redactor._redact_secret(key, text, self._tenant, depth)
        return self._note(result)

    def _note(self, result: Redaction) -> str:
        if result.findings:
            count_findings(self.counts, result.findings)
        self.failed += result.failed
        return result.text

    def _visit_number(self, number: int | float, key: str | None, depth: int) -> Any:
        """A card number may come as a number; a phone number is believed only under a key that says so."""
        text = repr(number)
        secret = key is not None and self._redactor._secret_kind(key) is not None
        if not secret and (len(text) < 9 or isinstance(number, float)):
            return number
        if secret and key is not None:
            result = self._redactor._redact_secret(key, text, self._tenant, depth)
        else:
            result = self._redactor._redact_text(text, self._tenant, depth)
            if "PHONE_NUMBER" in result.findings and not (key and any(word in key.lower() for word in _PHONE_KEY)):
                return number
        return number if result.text == text else self._note(result)

    def _visit_list(self, items: list[Any], key: str | None, depth: int) -> list[Any]:
        redacted = [self.visit(item, key, depth + 1) for item in items]
        return items if all(map(_is_same, items, redacted)) else redacted

    def _visit_dict(self, fields: dict[str, Any], depth: int) -> dict[str, Any]:
        redacted: dict[str, Any] = {}
        same = True
        for key, value in fields.items():
            new_key = self._note(self._redactor._redact_text(key, self._tenant, _DEEPEST))
            new_value = self.visit(value, key, depth + 1)
            same = same and new_key is key and new_value is value
            redacted[free_key(new_key, redacted)] = new_value
        return fields if same else redacted


def _is_same(one: object, other: object) -> bool:
    return one is other


def _is_container(text: str) -> bool:
    if text.lstrip(_BLANKS)[:1] not in ("{", "["):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def free_key(key: str, taken: Container[str]) -> str:
    """`key`, or `key#2`, `key#3` … when two keys have become equal: no value may be lost by redaction."""
    number, candidate = 1, key
    while candidate in taken:
        number += 1
        candidate = f"{key}#{number}"
    return candidate
