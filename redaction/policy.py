"""What is to be redacted: which kinds of value, from which score on, and what is let through."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from redaction.presidio import ENTITIES
from schema.errors import ConfigError

# 0.4 is the score of Presidio's phone recogniser; checksummed values score 1.
_DEFAULT_ENTITIES: dict[str, float] = {
    "EMAIL_ADDRESS": 0.5,
    "PHONE_NUMBER": 0.4,
    "CREDIT_CARD": 0.5,
    "US_SSN": 0.5,
    "US_ITIN": 0.5,
    "IBAN_CODE": 0.5,
    "IP_ADDRESS": 0.5,
    "MAC_ADDRESS": 0.5,
    "CRYPTO": 0.5,
    "API_KEY": 0.5,
    "JWT": 0.5,
    "PRIVATE_KEY": 0.5,
    "CONNECTION_STRING": 0.5,
    "AUTH_HEADER": 0.5,
    "PASSWORD": 0.5,
    "SECRET": 0.5,
    "BASE64": 0.5,
}


@dataclass(frozen=True)
class Policy:
    """Entities with the lowest score that counts, and exact values (any case) that are left alone."""

    entities: Mapping[str, float]
    allow: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits over the policy's canonical JSON: the same rules, the same version."""
        rules = {"entities": dict(self.entities), "allow": sorted(self.allow)}
        text = json.dumps(rules, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def default_policy() -> Policy:
    """Personal data that can be told with few false alarms, and every kind of secret."""
    return Policy(dict(_DEFAULT_ENTITIES))


def policy_from_mapping(rules: Mapping[str, Any], source: str) -> Policy:
    """A policy from settings: `entities` (a table of entity = score or true/false, over the defaults) and `allow` (a
    list of texts). Raises ConfigError naming `source` and the key at the first thing that is not understood."""
    for key in rules:
        if key not in ("entities", "allow"):
            raise ConfigError(f"{source}: {key}: unknown key, expected entities or allow")
    entities = dict(_DEFAULT_ENTITIES)
    for entity, wanted in _table(rules.get("entities", {}), f"{source}: entities").items():
        _apply_entity(entities, entity, wanted, f"{source}: entities.{entity}")
    allow = rules.get("allow", [])
    if not isinstance(allow, (list, tuple)) or not all(isinstance(value, str) for value in allow):
        raise ConfigError(f"{source}: allow: expected a list of texts")
    return Policy(entities, frozenset(value.casefold() for value in allow))


def _table(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{place}: expected a table of entity = score")
    return value


def _apply_entity(entities: dict[str, float], entity: str, wanted: object, place: str) -> None:
    if entity not in ENTITIES:
        raise ConfigError(f"{place}: unknown entity, known are {', '.join(sorted(ENTITIES))}")
    if wanted is False:
        entities.pop(entity, None)
    elif wanted is True:
        entities.setdefault(entity, 0.4)
    elif isinstance(wanted, (int, float)) and 0 < wanted <= 1:
        entities[entity] = float(wanted)
    else:
        raise ConfigError(f"{place}: expected true, false or a score above 0 and up to 1")
