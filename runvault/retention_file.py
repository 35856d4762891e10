"""`[retention]` of runvault.toml: the plain settings of it, and its tables for environments and tenants, as a policy.

[retention]                                        # everywhere
payloads = 30
[retention.environments.staging]
mode = "full"
[retention.tenants.acme]
payloads = 14
[retention.tenants.acme.environments.production]   # the most exact one decides, key by key
payloads = 7
"""

from collections.abc import Iterator, Mapping
from typing import Any

from runvault.settings import Settings
from schema.classes import DataClass
from schema.errors import ConfigError
from schema.lifetimes import ANY, Mode, RetentionPolicy, Rule, is_production

RAW = "retention.i_accept_unredacted_personal_data_in_production"
_LONGEST = 36_500
_KEYS = ("mode", *DataClass)


def build_retention(settings: Settings) -> RetentionPolicy:
    """The retention policy of the settings. Raises ConfigError listing every mistake, one line each."""
    problems: list[str] = []
    base: dict[str, Any] = {str(name): settings[f"retention.{name}"] for name in DataClass}
    if settings["retention.mode"]:
        base |= {"mode": settings["retention.mode"]}
    rules = {(ANY, ANY): _read_rule(base, "retention", problems)}
    for tenant, environment, table, place in _list_tables(
        settings.retention, f"{settings.source}: retention", problems
    ):
        rules[tenant, environment] = _read_rule(table, place, problems)
    if not problems and not settings[RAW]:
        problems += _refuse_raw(rules)
    if problems:
        raise ConfigError("\n          ".join(problems))
    return RetentionPolicy(rules)


def _list_tables(
    tables: Mapping[str, Any], place: str, problems: list[str]
) -> Iterator[tuple[str, str, Mapping[str, Any], str]]:
    """Tenant, environment, table and its place, for each table of rules."""
    for name, table, here in _open_tables(tables.get("environments", {}), f"{place}.environments", problems):
        yield ANY, name, table, here
    for tenant, table, here in _open_tables(tables.get("tenants", {}), f"{place}.tenants", problems):
        yield tenant, ANY, {key: value for key, value in table.items() if key != "environments"}, here
        inner = table.get("environments", {})
        for name, exact, there in _open_tables(inner, f"{here}.environments", problems):
            yield tenant, name, exact, there


def _open_tables(tables: Any, place: str, problems: list[str]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    if not isinstance(tables, dict):
        problems.append(f"{place}: expected tables by name")
        return
    for name, table in tables.items():
        if not isinstance(table, dict):
            problems.append(f"{place}.{name}: expected a table")
        elif name in ("", ANY):
            problems.append(f"{place}.{name}: expected a name; what holds everywhere stands in [retention]")
        else:
            yield name, table, f"{place}.{name}"


def _read_rule(table: Mapping[str, Any], place: str, problems: list[str]) -> Rule:
    mode, days = None, {}
    for key, value in table.items():
        if key not in _KEYS:
            problems.append(f"{place}.{key}: no such key, known are {', '.join(_KEYS)}")
        elif key == "mode":
            if value in tuple(Mode):
                mode = Mode(value)
            else:
                problems.append(f"{place}.mode: expected one of {', '.join(Mode)}")
        elif isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LONGEST:
            problems.append(f"{place}.{key}: expected whole days, 1 to {_LONGEST}")
        else:
            days[DataClass(key)] = value
    return Rule(mode, days)


def _refuse_raw(rules: Mapping[tuple[str, str], Rule]) -> Iterator[str]:
    """Raw payloads only where an environment is named that is not production."""
    for (tenant, environment), rule in rules.items():
        if rule.mode is Mode.FULL and (environment == ANY or is_production(environment)):
            where = ".".join(["retention", *_name_place(tenant, environment)])
            yield (
                f"{where}.mode: full keeps personal data in the clear, so it must not reach production: say it for an"
                f" environment by name, or set {RAW}"
            )


def _name_place(tenant: str, environment: str) -> list[str]:
    tenants = [] if tenant == ANY else ["tenants", tenant]
    return tenants if environment == ANY else [*tenants, "environments", environment]
