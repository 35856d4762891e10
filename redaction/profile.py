"""The policy compiled: at one place, which entities go from which score on, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from redaction.actions import KEEP, Action
from redaction.findings import Finding
from redaction.places import class_of
from redaction.policy import Policy, Rule, Where

_MOST_PLACES = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What applies at a place. Equal ones are the same object, so `number` tells cached results apart."""

    number: int
    actions: Mapping[str, tuple[float, Action]]
    allow: Mapping[str, frozenset[str]]
    keeps_all: bool
    scans_blobs: bool
    """Whether base64 is decoded, and kept when it is a text without a finding."""
    named: bool
    """Whether the model of named entities runs here."""

    def choose(self, findings: list[Finding], text: str) -> list[Finding]:
        """The findings that count here."""
        chosen = []
        for found in findings:
            start, end, entity, score = found
            threshold, action = self.actions.get(entity, (2.0, KEEP))
            allow = self.allow.get(entity)
            if score >= threshold and action.name != "keep" and (not allow or text[start:end].casefold() not in allow):
                chosen.append(found)
        return chosen

    def redacts(self, entity: str) -> bool:
        """True when such a value is replaced here."""
        entry = self.actions.get(entity)
        return entry is not None and entry[1].name != "keep"


class CompiledPolicy:
    """Finds the profile of a place."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._profiles: dict[object, Profile] = {}
        self._places: dict[tuple[str, str, str, str], Profile] = {}
        self._allow = {name: entity.allow | policy.allow for name, entity in policy.entities.items()}
        self._key_patterns = [pattern for rule in policy.rules for pattern in rule.where.key]
        self.thresholds = _find_scores(policy, min)
        self.certain = _find_scores(policy, max)
        self.context = {name: entity.context for name, entity in policy.entities.items()}

    def depends_on_key(self, key: str) -> bool:
        """True when a rule speaks of this attribute key."""
        return any(fnmatchcase(key, pattern) for pattern in self._key_patterns)

    def find_profile(self, tenant: str, environment: str, field: str, key: str = "") -> Profile:
        """The profile of a place: the rules that match it, laid over the entities in order."""
        place = (tenant, environment, field, key)
        profile = self._places.get(place)
        if profile is None:
            if len(self._places) >= _MOST_PLACES:  # environments are the sender's words
                self._places.clear()
            profile = self._places[place] = self._build(place)
        return profile

    def _build(self, place: tuple[str, str, str, str]) -> Profile:
        actions = {name: (entity.score, entity.how) for name, entity in self._policy.entities.items()}
        for rule in self._policy.rules:
            if _matches(rule.where, *place):
                for name in rule.what or tuple(actions):
                    _apply(rule, name, actions)
        model = self._policy.model
        named = model is not None and _matches(model.where, *place)
        identity = (named, *sorted(actions.items()))
        profile = self._profiles.get(identity)
        if profile is None:
            names = {action.name for _, action in actions.values()}
            number = len(self._profiles)
            profile = Profile(number, actions, self._allow, names <= {"keep"}, "scan" in names, named)
            self._profiles[identity] = profile
        return profile


def _apply(rule: Rule, name: str, actions: dict[str, tuple[float, Action]]) -> None:
    score, how = actions[name]
    actions[name] = rule.score or score, rule.how or how


def _matches(where: Where, tenant: str, environment: str, field: str, key: str) -> bool:
    asked = (
        (where.tenant, tenant), (where.environment, environment), (where.data_class, class_of(field)),
        (where.field, field), (where.key, key),
    )  # fmt: skip
    return all(not patterns or any(fnmatchcase(value, one) for one in patterns) for patterns, value in asked)


def _find_scores(policy: Policy, pick: Callable[[float, float], float]) -> dict[str, float]:
    """The lowest or the highest score that any rule asks of each entity."""
    found = {name: entity.score for name, entity in policy.entities.items()}
    for rule in policy.rules:
        for name in rule.what or tuple(found):
            found[name] = pick(found[name], rule.score or found[name])
    return found
