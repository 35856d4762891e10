"""What a deployment adds to the meaning of its spans, from `runvault.toml`: mappings, prices of tools, side effects,
outcomes and budgets.

    [mapping]                                 attribute of the span, else of its resource → field
    "app.customer" = "customer_id"
    [tool_prices]                             USD for each call of a tool
    send_sms = 0.0075
    [[side_effects]]                          an id out of a tool's result, lifted before it is redacted
    tool = "issue_refund"                     a name, or a pattern
    path = "refund.id"                        where in the JSON; * stands for every item of a list
    type = "refund"
    [outcome_statuses]                        the application's own words
    resolved = "success"
    [budgets]                                 limits of one run of a workflow, or an agent; * for any other
    refunds = 0.25                            USD, or {usd, steps, tool_calls, tokens}
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from collector.dialects.values import MAX_COUNT, parse_json, read_count, read_flag, read_money, read_number, read_text
from collector.spans import Span
from collector.steps import STEP_TYPES, TOOL_CALL, Step
from schema.errors import ConfigError

TABLES = ("mapping", "tool_prices", "side_effects", "outcome_statuses", "budgets")
_READERS: dict[str, Callable[[object], object]] = {
    "str": read_text,
    "int": read_count,
    "int | None": read_count,
    "bool | None": read_flag,
    "float | None": read_number,
    "decimal.Decimal | None": read_money,
}
_NOT_MAPPED = frozenset({"dialect", "has_usage", "has_failed"})
FIELDS: dict[str, Callable[[object], object]] = {
    field.name: _READERS[str(getattr(field.type, "__name__", field.type))]
    for field in fields(Step)
    if str(getattr(field.type, "__name__", field.type)) in _READERS and field.name not in _NOT_MAPPED
}
"""Canonical fields that an attribute may be mapped to, and how its value is read."""

_LONGEST_ID = 200
_MOST_IDS = 100


@dataclass(frozen=True, slots=True)
class SideEffectRule:
    """A tool (a pattern), where in its result the id stands, and what kind of thing it is the id of."""

    tool: str
    path: tuple[str, ...]
    type: str


@dataclass(frozen=True, slots=True)
class Budget:
    """What one run may use at most; None for no limit."""

    usd: float | None = None
    steps: int | None = None
    tool_calls: int | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a deployment, checked."""

    mapping: Mapping[str, str]
    tool_prices: Mapping[str, Decimal]
    side_effects: tuple[SideEffectRule, ...]
    outcome_statuses: Mapping[str, str]
    budgets: Mapping[str, Budget]

    def map_attributes(self, span: Span, step: Step) -> None:
        """Attributes that the deployment named stand above what a dialect says, and below `runvault.*`."""
        for attribute, field in self.mapping.items():
            value = span.attributes.get(attribute)
            if value is None:
                value = span.resource.attributes.get(attribute)
            if value is not None:
                converted = FIELDS[field](value)
                if converted not in (None, "") and (field != "step_type" or converted in STEP_TYPES):
                    setattr(step, field, converted)
                    step.has_usage = step.has_usage or field.endswith("_tokens")

    def apply(self, step: Step) -> None:
        """What follows from a step's fields: a tool's price and side effects, an outcome's word, a budget."""
        if step.step_type == TOOL_CALL:
            if step.tool_cost_usd is None and self.tool_prices:
                step.tool_cost_usd = self.tool_prices.get(step.tool_name)
            if self.side_effects and step.tool_result:
                self._lift_side_effects(step)
        if step.outcome_status:
            word = step.outcome_status.lower()
            step.outcome_status = self.outcome_statuses.get(word, word)
        if self.budgets and (name := step.workflow_name or step.agent_name):
            self._fill_budget(step, self.budgets.get(name) or self.budgets.get("*") or _NO_BUDGET)

    def _fill_budget(self, step: Step, budget: Budget) -> None:
        """The workflow's limits, where the span itself sets none."""
        step.budget_usd = budget.usd if step.budget_usd is None else step.budget_usd
        step.budget_steps = budget.steps if step.budget_steps is None else step.budget_steps
        step.budget_tool_calls = budget.tool_calls if step.budget_tool_calls is None else step.budget_tool_calls
        step.budget_tokens = budget.tokens if step.budget_tokens is None else step.budget_tokens

    def _lift_side_effects(self, step: Step) -> None:
        rules = [rule for rule in self.side_effects if fnmatchcase(step.tool_name, rule.tool)]
        if not rules:
            return
        document = parse_json(step.tool_result)
        found = [f"{rule.type}:{name}" for rule in rules for name in _follow(document, rule.path)]
        step.side_effects = list(dict.fromkeys([*step.side_effects, *found]))[:_MOST_IDS]


_NO_BUDGET = Budget()


def _follow(value: object, path: tuple[str, ...]) -> list[str]:
    """The ids at a path: text or whole numbers, not too long to be one."""
    if not path:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        return [text] if isinstance(text, str) and 0 < len(text) <= _LONGEST_ID else []
    head, rest = path[0], path[1:]
    if head == "*" and isinstance(value, list):
        return [name for item in value[:_MOST_IDS] for name in _follow(item, rest)]
    if isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        return _follow(value[int(head)], rest)
    return _follow(value[head], rest) if isinstance(value, dict) and head in value else []


def parse_rules(tables: Mapping[str, Any], place: str) -> Rules:
    """The rules of a settings file's tables. Raises ConfigError naming the table and the key."""
    return Rules(
        mapping=_parse_mapping(tables.get("mapping", {}), f"{place}: mapping"),
        tool_prices={
            name: Decimal(str(value))
            for name, value in _parse_amounts(tables.get("tool_prices", {}), f"{place}: tool_prices").items()
        },
        side_effects=_parse_side_effects(tables.get("side_effects", []), f"{place}: side_effects"),
        outcome_statuses=parse_statuses(tables, place),
        budgets=_parse_budgets(tables.get("budgets", {}), f"{place}: budgets"),
    )


def parse_statuses(tables: Mapping[str, Any], place: str) -> dict[str, str]:
    """`[outcome_statuses]`: the application's word → its status, both in lower case. Raises ConfigError."""
    texts = _parse_texts(tables.get("outcome_statuses", {}), f"{place}: outcome_statuses")
    return {word.lower(): status.lower() for word, status in texts.items()}


def _parse_texts(table: object, place: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise ConfigError(f"{place}: expected a table")
    for name, value in table.items():
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{place}: {name}: expected text")
    return table


def _parse_mapping(table: object, place: str) -> dict[str, str]:
    mapping = _parse_texts(table, place)
    for attribute, field in mapping.items():
        if field not in FIELDS:
            raise ConfigError(f"{place}: {attribute}: {field} is no field; there are {', '.join(sorted(FIELDS))}")
    return mapping


def _parse_amounts(table: object, place: str) -> dict[str, float]:
    if not isinstance(table, dict):
        raise ConfigError(f"{place}: expected a table")
    for name, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1_000_000:
            raise ConfigError(f"{place}: {name}: expected an amount in USD")
    return table


def _parse_budgets(table: object, place: str) -> dict[str, Budget]:
    if not isinstance(table, dict):
        raise ConfigError(f"{place}: expected a table")
    return {name: _parse_budget(value, f"{place}: {name}") for name, value in table.items()}


def _parse_budget(value: object, place: str) -> Budget:
    limits = value if isinstance(value, dict) else {"usd": value}
    if not limits or not limits.keys() <= {"usd", "steps", "tool_calls", "tokens"}:
        raise ConfigError(f"{place}: expected an amount in USD, or usd, steps, tool_calls and tokens")
    return Budget(
        usd=_parse_amounts({"usd": limits["usd"]}, place)["usd"] if "usd" in limits else None,
        steps=_parse_limit(limits, "steps", place),
        tool_calls=_parse_limit(limits, "tool_calls", place),
        tokens=_parse_limit(limits, "tokens", place),
    )


def _parse_limit(limits: Mapping[str, object], name: str, place: str) -> int | None:
    limit = limits.get(name)
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit <= MAX_COUNT:
        raise ConfigError(f"{place}: {name}: expected a whole number")
    return limit


def _parse_side_effects(entries: object, place: str) -> tuple[SideEffectRule, ...]:
    if not isinstance(entries, list):
        raise ConfigError(f"{place}: expected [[side_effects]] entries")
    rules = []
    for number, entry in enumerate(entries, 1):
        texts = _parse_texts(entry, f"{place}: {number}")
        if set(texts) != {"tool", "path", "type"}:
            raise ConfigError(f"{place}: {number}: expected tool, path and type")
        path = texts["path"].removeprefix("$.").replace("[", ".").replace("]", "")
        rules.append(SideEffectRule(texts["tool"], tuple(part for part in path.split(".") if part), texts["type"]))
    return tuple(rules)
