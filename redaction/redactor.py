"""Text in; redacted text and remarks out. Fails closed: what cannot be read becomes a marker, never passes.

text ─▶ known? ─▶ JSON: leaf by leaf │ plain text ─▶ scanner ─▶ profile of the place ─▶ replacements
        (cache)
"""

import time
from collections.abc import Callable, Container
from pathlib import Path
from typing import Protocol

from redaction.actions import Replacer
from redaction.cache import SHORT, CacheSpace, ResultCache
from redaction.findings import MARKER_FAILED, NO_FINDINGS, Parts, Redaction
from redaction.job import Job
from redaction.keyed import KeyedValues
from redaction.policy import Policy
from redaction.profile import CompiledPolicy, Profile
from redaction.scanner import Scanner
from redaction.tokens import Tokenizer
from schema.errors import ConfigError

_MOST_PLACES = 10_000
_LOOKED_UP = 2000  # characters; a longer text may be a list of messages, which is looked up by its beginnings


class PlaceRedactor(Protocol):
    """What the walker needs at one place: a tenant, an environment, a column."""

    @property
    def known_clean(self) -> Container[str]:
        """Texts that need not be asked about."""

    def redact(self, text: str) -> Redaction:
        """The text without what the policy names."""

    def redact_value(self, key: str, text: str) -> Redaction:
        """The same for a value that stands under a key, which may say what the value is, or have a rule of its own."""

    def redact_parts(self, key: str, texts: list[str]) -> Parts:
        """Pieces of one text, each under this key, without the values that cross from one into the next; those inside
        one piece stay."""

    def key_matters(self, key: str) -> bool:
        """True when `redact_value` could give something else than `redact`."""


class TextRedactor(Protocol):
    """What the walker needs of a redactor."""

    policy_version: str

    def at(self, tenant: str, environment: str, field: str) -> PlaceRedactor:
        """The redactor of a place. `field` is a column of the batch, empty for a text that is in none."""


class Redactor:
    """Redacts by one policy under one key. `cache_dir` keeps the compiled prefilter between starts.

    `seals` says that originals are sealed (redaction/originals.py). Without it, raises ConfigError when the policy
    names values that are to be.
    """

    def __init__(
        self,
        policy: Policy,
        key: bytes,
        cache_dir: Path | None = None,
        cache_bytes: int = 64 << 20,
        seals: bool = False,
    ) -> None:
        if policy.seals and not seals:
            raise ConfigError("redaction policy: seal needs sealed originals, and they are not sealed here")
        self.policy_version: str = policy.version
        self.compiled = CompiledPolicy(policy)
        compiled = self.compiled
        self.scanner = Scanner(compiled.thresholds, cache_dir, compiled.context, policy.model, compiled.certain)
        self.cache = ResultCache(cache_bytes)
        self.keyed = KeyedValues()
        self.time_limit = policy.time_limit
        self._tokenizer = Tokenizer(key)
        self.replacer = Replacer(self._tokenizer)
        self._places: dict[tuple[str, str, str], Place] = {}
        self._spaces: dict[tuple[str, int], CacheSpace] = {}

    def keyed_hash(self, tenant: str, text: str) -> str:
        """32 hex digits over a text under the tenant's key."""
        return self._tokenizer.keyed_hash(tenant, text)

    def at(self, tenant: str, environment: str = "", field: str = "") -> "Place":
        """The redactor of a place."""
        name = (tenant, environment, field)
        place = self._places.get(name)
        if place is None:
            if len(self._places) >= _MOST_PLACES:  # environments are the sender's words
                self._places.clear()
            place = self._places[name] = Place(self, tenant, environment, field)
        return place

    def open_space(self, tenant: str, profile: Profile) -> CacheSpace:
        """Where results for a tenant under a profile are remembered."""
        space = self._spaces.get((tenant, profile.number))
        if space is None:
            space = self._spaces[tenant, profile.number] = self.cache.open_space(tenant, str(profile.number))
        return space

    def redact(self, text: str, tenant: str) -> Redaction:
        """A text that is in no column: the redacted text with counts; the very same string when nothing was found."""
        return self.at(tenant).redact(text)

    def redact_value(self, key: str, text: str, tenant: str) -> Redaction:
        """`redact`, and the whole value goes when the key says what it is (`password`, `x-api-key`, `first_name`)."""
        return self.at(tenant).redact_value(key, text)


class Place:
    """A redactor at one place."""

    def __init__(self, core: Redactor, tenant: str, environment: str, field: str) -> None:
        self.known_clean: Container[str] = core.cache.clean
        self._core = core
        self._where = (tenant, environment, field)
        self._profile = core.compiled.find_profile(tenant, environment, field)
        self._space = core.open_space(tenant, self._profile)
        if self._profile.keeps_all:
            self.known_clean = _Everything()
        elif self._profile.named:
            self.known_clean = frozenset()

    def redact(self, text: str) -> Redaction:
        """The redacted text with counts; the very same string when nothing was found."""
        if not SHORT < len(text) < _LOOKED_UP or text[0] == "[" or self._profile.keeps_all:
            return self._guard(lambda job: job.redact_text(text), text, self._profile)
        # a text of a message that is an attribute of its own comes with every call: no more is done than must be
        key, known = self._space.get(text)
        return known or self._guard(lambda job: job.redact_text(text, key=key), text, self._profile)

    def redact_value(self, key: str, text: str) -> Redaction:
        """The same for a value under a key."""
        return self._guard(lambda job: job.redact_keyed(key, text), text, self._profile_of(key))

    def redact_parts(self, key: str, texts: list[str]) -> Parts:
        """Pieces of one text, each under this key, without the values that cross from one into the next."""
        counts: dict[str, int] = {}
        new = list(texts)

        def work(job: Job) -> Redaction:
            new[:] = job.redact_parts(counts, texts) or texts
            return Redaction("", counts, 0)

        result = self._guard(work, "".join(texts), self._profile_of(key))
        return Parts([MARKER_FAILED] * len(texts), {}, len(texts)) if result.failed else Parts(new, counts, 0)

    def key_matters(self, key: str) -> bool:
        """True for a key such as `db.password` or `first_name`, or one that a rule names."""
        return self._core.keyed.find_entity(key) is not None or self._core.compiled.depends_on_key(key)

    def _profile_of(self, key: str) -> Profile:
        if self._core.compiled.depends_on_key(key):
            return self._core.compiled.find_profile(*self._where, key)
        return self._profile

    def _guard(self, work: Callable[[Job], Redaction], text: str, profile: Profile) -> Redaction:
        if profile.keeps_all:
            return Redaction(text, NO_FINDINGS, 0)
        core = self._core
        seconds = core.time_limit * max(1.0, len(text) / 1e6)
        try:
            space = self._space if profile is self._profile else core.open_space(self._where[0], profile)
            return work(Job(core, self._where[0], profile, space, time.monotonic() + seconds))
        # Whatever went wrong, the text must not pass and must not be in a traceback that someone logs.
        except Exception:  # noqa: BLE001
            return Redaction(MARKER_FAILED, NO_FINDINGS, 1)


class _Everything:
    """A container that holds every text."""

    def __contains__(self, _text: object) -> bool:
        return True
