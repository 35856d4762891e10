"""Which rule decides, what shares a partition, and from which day what ages."""

from datetime import date

import pytest

from schema.classes import DataClass
from schema.lifetimes import (
    ANY,
    NEVER,
    Horizon,
    Mode,
    RetentionPolicy,
    Rule,
    dump_policy,
    is_production,
    load_policy,
    read_age_day,
    settle_lane,
)
from tests.schema.ageing import CLASSES, DAYS, LIFETIMES, POLICY, TODAY


@pytest.mark.parametrize(("owner", "days"), LIFETIMES.items())
def test_the_most_exact_rule_decides_key_by_key(owner: tuple[str, str], days: tuple[int, int, int]) -> None:
    assert tuple(POLICY.days(*owner, data_class) for data_class in CLASSES) == days


def test_no_class_outlives_what_it_hangs_on() -> None:
    policy = RetentionPolicy({(ANY, ANY): Rule(days={**DAYS, DataClass.STEPS: 1})})
    assert [policy.days("t", "e", name) for name in DataClass] == [1, 1, 1, 20, 30]


def test_those_of_one_lane_share_all_lifetimes() -> None:
    lanes: dict[str, set[tuple[int, ...]]] = {}
    for tenant in ("acme", "globex", "initech"):
        for environment in ("production", "staging", "dev", "", "*", "a/b"):
            days = tuple(POLICY.days(tenant, environment, name) for name in DataClass)
            lanes.setdefault(POLICY.lane(tenant, environment), set()).add(days)
    assert set(lanes) == {f"{tenant}/{name}" for tenant in ("acme", ANY) for name in ("production", "staging", ANY)}
    assert all(len(days) == 1 for days in lanes.values())


def test_a_name_in_a_lane_holds_nothing_that_means_something_there() -> None:
    policy = RetentionPolicy({(ANY, ANY): Rule(days=DAYS), ("a/b@c'd", "x*y"): Rule()})
    assert policy.lane("a/b@c'd", "x*y") == "a%2Fb%40c%27d/x%2Ay"


def test_what_has_no_day_ages_from_its_reception() -> None:
    received = date(2026, 11, 20)
    assert settle_lane("*/*", date(2026, 11, 1), received) == "*/*"
    assert settle_lane("*/*", NEVER, received) == "*/*@2026-11-20"
    assert read_age_day(date(2026, 11, 1), "*/*", TODAY) == date(2026, 11, 1)
    assert read_age_day(NEVER, "*/*@2026-11-20", TODAY) == received
    assert read_age_day(NEVER, "default", TODAY) == TODAY


def test_what_either_policy_keeps_is_kept() -> None:
    shorter = RetentionPolicy({(ANY, ANY): Rule(days={**DAYS, DataClass.PAYLOADS: 1})})
    both = Horizon((POLICY, shorter))
    assert both.first_day("globex", "production", DataClass.PAYLOADS, TODAY) == date(2026, 11, 18)
    assert both.first_day("acme", "production", DataClass.PAYLOADS, TODAY) == date(2026, 11, 20)
    assert both.first_due(DataClass.PAYLOADS, TODAY) == date(2026, 11, 20)
    assert both.last_kept(DataClass.PAYLOADS, TODAY) == date(2026, 11, 16)
    assert Horizon().first_day("t", "e", DataClass.PAYLOADS, TODAY) == date.min


def test_production_is_sealed_unless_told_otherwise() -> None:
    policy = RetentionPolicy(
        {(ANY, ANY): Rule(days=DAYS), (ANY, "staging"): Rule(Mode.FULL), ("acme", ANY): Rule(Mode.METADATA)}
    )
    assert [policy.mode("t", name) for name in ("production", "", "dev", "staging")] == [
        Mode.SEALED, Mode.SEALED, Mode.REDACTED, Mode.FULL,
    ]  # fmt: skip
    assert policy.mode("acme", "staging") is Mode.METADATA
    assert [is_production(name) for name in ("Prod-EU", "LIVE", "", "staging", "dev")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_policy_is_read_back_as_it_was_written() -> None:
    assert load_policy(dump_policy(POLICY)) == POLICY
