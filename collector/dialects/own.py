"""Runvault's own attributes (`runvault.*` of the contract): they win over whatever a dialect says.

An agent sets them on a span, or on the resource for all its spans. `runvault.tenant` is not read: the key decides.
"""

from collections.abc import Callable

from collector.dialects.values import read_count, read_flag, read_money, read_number, read_text
from collector.spans import Attributes, Span, Value
from collector.steps import STEP_TYPES, Step

NAME = "runvault"


def _read_amount(value: object) -> float | None:
    number = read_number(value)
    return None if number is None or number < 0 else number


def _read_status(value: object) -> str:
    return read_text(value).strip().lower()


_FIELDS: dict[str, tuple[str, Callable[[object], object]]] = {
    "runvault.run.id": ("run_id", read_text),
    "runvault.workflow.name": ("workflow_name", read_text),
    "runvault.workflow.version": ("workflow_version", read_text),
    "runvault.prompt.version": ("prompt_version", read_text),
    "runvault.user.id": ("user_id", read_text),
    "runvault.customer.id": ("customer_id", read_text),
    "runvault.retry.of": ("retry_of", read_text),
    "runvault.tool.cost_usd": ("tool_cost_usd", read_money),
    "runvault.tool.schema_version": ("tool_schema_version", read_text),
    "runvault.policy.rule": ("policy_rule", read_text),
    "runvault.policy.decision": ("policy_decision", read_text),
    "runvault.policy.reason": ("policy_reason", read_text),
    "runvault.approval.type": ("approval_type", read_text),
    "runvault.approval.required": ("approval_required", read_flag),
    "runvault.approval.approved": ("approval_approved", read_flag),
    "runvault.approval.approver": ("approval_approver", read_text),
    "runvault.review.minutes": ("review_minutes", _read_amount),
    "runvault.outcome.status": ("outcome_status", _read_status),
    "runvault.outcome.reason": ("outcome_reason", read_text),
    "runvault.budget.usd": ("budget_usd", _read_amount),
    "runvault.budget.steps": ("budget_steps", read_count),
    "runvault.budget.tool_calls": ("budget_tool_calls", read_count),
    "runvault.budget.tokens": ("budget_tokens", read_count),
}
_STEP_TYPE = "runvault.step.type"
_EFFECT_TYPE = "runvault.side_effect.type"
_EFFECT_ID = "runvault.side_effect.id"
_MARKS = frozenset({*_FIELDS, _STEP_TYPE, _EFFECT_TYPE, _EFFECT_ID})


def matches(span: Span) -> bool:
    """Whether the span itself carries one of our attributes."""
    return not _MARKS.isdisjoint(span.attributes)


def read(span: Span, step: Step) -> None:
    """Overlay the resource's attributes, then the span's."""
    for attributes in (span.resource.attributes, span.attributes):
        if not _MARKS.isdisjoint(attributes):
            _overlay(attributes, step)


def _overlay(attributes: Attributes, step: Step) -> None:
    for key, value in attributes.items():
        entry = _FIELDS.get(key)
        if entry is not None:
            field, convert = entry
            converted = convert(value)
            if converted not in (None, ""):
                setattr(step, field, converted)
    step_type = attributes.get(_STEP_TYPE)
    if isinstance(step_type, str) and step_type in STEP_TYPES:
        step.step_type = step_type
    effects = _read_side_effects(attributes.get(_EFFECT_TYPE), attributes.get(_EFFECT_ID))
    if effects:
        step.side_effects = effects


def _read_side_effects(types: Value, ids: Value) -> list[str]:
    """`type:id` of each thing that changed outside; both attributes may be lists, taken pair by pair."""
    kinds = [read_text(kind) for kind in (types if isinstance(types, list) else [types])]
    names = [read_text(name) for name in (ids if isinstance(ids, list) else [ids])]
    names.extend([""] * (len(kinds) - len(names)))
    kinds.extend([""] * (len(names) - len(kinds)))
    return [f"{kind}:{name}" for kind, name in zip(kinds, names, strict=True) if kind or name]
