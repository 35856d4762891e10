"""How long what is kept, and in which form: the retention policy as data. `runvault/retention_file.py` reads it.

A rule is chosen by tenant and environment, key by key: both named ▸ the tenant ▸ the environment ▸ everywhere.
Days are UTC days: what happened on day D with a lifetime of N days is kept through day D + N and goes on the next.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import product
from urllib.parse import quote

from schema.classes import DataClass

ANY = "*"
NEVER = date(1970, 1, 1)
"""The day of spans whose clock is not believable."""


class Mode(StrEnum):
    """In which form payloads are kept."""

    FULL = "full"
    REDACTED = "redacted"
    SEALED = "redacted+sealed"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one table of the settings says; None and a missing class: what a less exact rule says."""

    mode: Mode | None = None
    days: Mapping[DataClass, int] = field(default_factory=dict)


DEFAULT_DAYS: Mapping[DataClass, int] = {
    DataClass.ORIGINALS: 7,
    DataClass.PAYLOADS: 30,
    DataClass.STEPS: 180,
    DataClass.RUNS: 400,
    # the trail must still tell who read a run when the run is gone, and PCI DSS 10.5.1 asks for a year
    DataClass.AUDIT: 730,
}


_CHAIN = (DataClass.ORIGINALS, DataClass.PAYLOADS, DataClass.STEPS, DataClass.RUNS)
HANGS_ON: Mapping[DataClass, tuple[DataClass, ...]] = {name: _CHAIN[place:] for place, name in enumerate(_CHAIN)}
"""Class → itself and those that it means nothing without."""


def is_production(environment: str) -> bool:
    """Whether people are likely to be behind what happens there. No name at all may be anything, so it counts."""
    return not environment or environment.casefold().startswith(("prod", "live"))


@dataclass(frozen=True)
class RetentionPolicy:
    """Rules by (tenant, environment), `ANY` where a rule names none; (ANY, ANY) has every class."""

    rules: Mapping[tuple[str, str], Rule] = field(default_factory=lambda: {(ANY, ANY): Rule(days=DEFAULT_DAYS)})

    def days(self, tenant: str, environment: str, data_class: DataClass) -> int:
        """Lifetime in days. No class outlives what it hangs on: payloads go with their steps, steps with their run."""
        return min(self._say(tenant, environment, outer) for outer in HANGS_ON.get(data_class, (data_class,)))

    def mode(self, tenant: str, environment: str) -> Mode:
        """The form of payloads; where no rule says it, sealed in production and redacted elsewhere."""
        said = next((rule.mode for rule in self._matching(tenant, environment) if rule.mode), None)
        return said or (Mode.SEALED if is_production(environment) else Mode.REDACTED)

    def lane(self, tenant: str, environment: str) -> str:
        """Name of those who share all lifetimes: a partition holds one lane, so it goes as a whole.

        Only tenants and environments that the settings name have lanes of their own: their number is the operator's.
        """
        tenants, environments = self._named
        return f"{tenants.get(tenant, ANY)}/{environments.get(environment, ANY)}"

    def shortest(self, data_class: DataClass) -> int:
        """The shortest lifetime that anybody has."""
        return min(self.days(*owner, data_class) for owner in self._kinds())

    def longest(self, data_class: DataClass) -> int:
        """The longest lifetime that anybody has."""
        return max(self.days(*owner, data_class) for owner in self._kinds())

    @cached_property
    def _named(self) -> tuple[dict[str, str], dict[str, str]]:
        """Tenants and environments that rules name, each with its spelling in a lane."""
        places = ({key[place] for key in self.rules} - {ANY} for place in (0, 1))
        tenants, environments = ({name: quote(name, safe="") for name in names} for names in places)
        return tenants, environments

    def _kinds(self) -> list[tuple[str, str]]:
        """Every tenant with every environment that rules tell apart."""
        return list(product({key[0] for key in self.rules}, {key[1] for key in self.rules}))

    def _say(self, tenant: str, environment: str, data_class: DataClass) -> int:
        return next(rule.days[data_class] for rule in self._matching(tenant, environment) if data_class in rule.days)

    def _matching(self, tenant: str, environment: str) -> Iterable[Rule]:
        for key in ((tenant, environment), (tenant, ANY), (ANY, environment), (ANY, ANY)):
            rule = self.rules.get(key)
            if rule is not None:
                yield rule


def settle_lane(lane: str, day: date, received: date) -> str:
    """The retention class of a row: its lane, and where its own day says nothing, the day on which it was received.

    So what has an unbelievable clock is counted from its reception, and a partition of it still goes as a whole.
    """
    return f"{lane}@{received.isoformat()}" if day == NEVER else lane


def read_age_day(day: date, retention_class: str, written: date) -> date:
    """The day from which rows of a partition age; `written` for those of 1970 that carry no day of reception."""
    if day != NEVER:
        return day
    stamp = retention_class.rpartition("@")[2]
    try:
        return date.fromisoformat(stamp)
    except ValueError:
        return written


def first_kept_day(today: date, days: int) -> date:
    """The oldest day that is kept with this lifetime."""
    return today - timedelta(days=days)


def dump_policy(policy: RetentionPolicy) -> str:
    """A policy as JSON."""
    rules = [{"tenant": key[0], "environment": key[1], **asdict(rule)} for key, rule in sorted(policy.rules.items())]
    return json.dumps({"rules": rules}, sort_keys=True)


def load_policy(text: str) -> RetentionPolicy:
    """The policy of `dump_policy`'s JSON."""
    return RetentionPolicy(
        {
            (rule["tenant"], rule["environment"]): Rule(
                Mode(rule["mode"]) if rule["mode"] else None,
                {DataClass(name): days for name, days in rule["days"].items()},
            )
            for rule in json.loads(text)["rules"]
        }
    )


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far back data is kept by several policies at once: the one in force and the one in the settings. What either
    keeps is kept, so a slip of the pen deletes nothing before it is applied. Without any policy everything is kept."""

    policies: tuple[RetentionPolicy, ...] = ()

    def first_day(self, tenant: str, environment: str, data_class: DataClass, today: date) -> date:
        """The oldest day that is kept of these owners' data."""
        days = [policy.days(tenant, environment, data_class) for policy in self.policies]
        return first_kept_day(today, max(days)) if days else date.min

    def first_due(self, data_class: DataClass, today: date) -> date:
        """Nothing of this day or later is due, whoever owns it."""
        days = [policy.shortest(data_class) for policy in self.policies]
        return first_kept_day(today, min(days)) if days else date.min

    def last_kept(self, data_class: DataClass, today: date) -> date:
        """Everything before this day is due, whoever owns it."""
        days = [policy.longest(data_class) for policy in self.policies]
        return first_kept_day(today, max(days)) if days else date.min
