"""What is to be redacted, where, and how: the policy as data. `policy_file.py` reads it, `profile.py` compiles it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from redaction.actions import TOKEN, Action

TIME_LIMIT = 1.0


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of value: the lowest score that counts, what becomes of it, exact values (any case) that are left
    alone, and further words that raise the score when they stand before a value."""

    score: float
    how: Action = TOKEN
    allow: frozenset[str] = frozenset()
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """Places. Each field is a list of shell patterns, one of which must match; an empty list matches everything."""

    tenant: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    data_class: tuple[str, ...] = ()
    field: tuple[str, ...] = ()
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """At these places, for these entities (none: for all), another action or another score."""

    where: Where
    what: tuple[str, ...] = ()
    how: Action | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A named-entity model for Presidio's NLP engine: `engine` as Presidio calls it, `name` a package or a folder,
    `labels` the model's labels → entities, `where` the places at which it runs."""

    name: str
    engine: str = "spacy"
    language: str = "en"
    labels: tuple[tuple[str, str], ...] = (("PERSON", "PERSON"), ("PER", "PERSON"))
    where: Where = Where()


@dataclass(frozen=True)
class Policy:
    """Entities, rules over them in order (the last that matches wins), values let through, seconds per text of up to
    1 MB, and a named-entity model if one is wanted."""

    entities: Mapping[str, Entity]
    rules: tuple[Rule, ...] = ()
    allow: frozenset[str] = field(default_factory=frozenset)
    time_limit: float = TIME_LIMIT
    model: Model | None = None

    @cached_property
    def version(self) -> str:
        """Twelve hex digits over the policy's canonical form: the same rules, the same version."""
        form = {
            "entities": {
                name: [entity.score, str(entity.how), sorted(entity.allow), list(entity.context)]
                for name, entity in self.entities.items()
            },
            "rules": [[_list_where(rule.where), list(rule.what), str(rule.how), rule.score] for rule in self.rules],
            "allow": sorted(self.allow),
            "model": [self.model.name, self.model.engine, self.model.labels, _list_where(self.model.where)]
            if self.model
            else None,
        }
        text = json.dumps(form, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()

    @property
    def seals(self) -> bool:
        """True when originals are to be sealed somewhere."""
        actions = [entity.how for entity in self.entities.values()] + [rule.how for rule in self.rules if rule.how]
        return any(action.name == "seal" for action in actions)


def _list_where(where: Where) -> list[list[str]]:
    return [list(getattr(where, name)) for name in Where.__slots__]
