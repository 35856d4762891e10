"""Two runs side by side: where they part for the first time, and how each step differs.

Steps are put side by side by what they are (type, and tool or name), in causal order: the longest runs of equal steps
are found first, and what stands between them is in one run only. Ids and times differ always and are not compared.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from api.answers import Json

MAX_STEPS = 2000
"""Of each run so many steps are put side by side: finding equal stretches takes time with the square of them."""
COMPARED = (
    "name", "agent", "status", "error_type", "model", "provider", "service_tier", "tool", "input", "output", "rule",
    "result", "decision", "reason", "approval", "retry", "finish_reason", "side_effects", "documents",
    "system_instructions", "input_messages", "output_messages",
)  # fmt: skip
"""What makes two steps differ."""
MEASURED = ("latency_ms", "tokens_in", "tokens_out", "cost_usd")
"""Numbers told of both steps, which make no difference."""
_CALL_PARTS = frozenset({"tool_call", "tool_call_response"})

Pair = tuple[Json | None, Json | None]


def build_diff(a: Json, b: Json) -> Json:
    """The difference of two replays."""
    steps = [_compare(*pair) for pair in pair_steps(a["steps"][:MAX_STEPS], b["steps"][:MAX_STEPS])]
    parted = next((step for step in steps if step["change"] != "same"), None)
    names = ("change", "a_step", "b_step", "type", "name")
    return {
        "a": _summarise(a),
        "b": _summarise(b),
        "first_divergence": parted and {**{name: parted[name] for name in names}, "fields": list(parted["fields"])},
        "steps": steps,
        "truncated": max(len(a["steps"]), len(b["steps"])) > MAX_STEPS,
    }


def pair_steps(a: Sequence[Json], b: Sequence[Json]) -> Iterator[Pair]:
    """Steps side by side, in order; None where one run has no such step."""
    matcher = SequenceMatcher(None, [_identify(step) for step in a], [_identify(step) for step in b], autojunk=False)
    for kind, a_start, a_end, b_start, b_end in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(a[a_start:a_end], b[b_start:b_end], strict=True)
        else:
            yield from ((step, None) for step in a[a_start:a_end])
            yield from ((None, step) for step in b[b_start:b_end])


def _identify(step: Json) -> tuple[str, str]:
    """What a step is, whatever came of it. A model call is one whichever model answered."""
    if step["type"] == "model_call":
        return step["type"], ""
    return step["type"], step["tool"] or step["name"]


def _compare(a: Json | None, b: Json | None) -> Json:
    known = a or b
    assert known is not None
    fields = {}
    if a is not None and b is not None:
        fields = {
            name: {"a": a.get(name), "b": b.get(name)}
            for name in COMPARED
            if _drop_ids(a.get(name)) != _drop_ids(b.get(name))
        }
    change = "only_a" if b is None else "only_b" if a is None else "changed" if fields else "same"
    return {
        "change": change,
        "a_step": a and a["step"],
        "b_step": b and b["step"],
        "type": known["type"],
        "name": known["tool"] or known["name"],
        "fields": fields,
        **{name: {"a": a and a[name], "b": b and b[name]} for name in MEASURED},
    }


def _drop_ids(value: Any) -> Any:
    """A value without the ids of the tool calls in its messages, which are new in every run."""
    if isinstance(value, list):
        return [_drop_ids(item) for item in value]
    if isinstance(value, dict):
        is_call = value.get("type") in _CALL_PARTS
        return {key: _drop_ids(inner) for key, inner in value.items() if not (is_call and key == "id")}
    return value


def _summarise(replay: Json) -> Json:
    run = replay["run"]
    names = ("run_id", "agent", "workflow", "models", "started_at", "duration_ms", "steps", "errors", "tokens")
    return {
        **{name: run[name] for name in names},
        "outcome": run["outcome"]["status"],
        "cost_usd": run["cost"]["usd"],
        "tool_calls": len(run["tool_calls"]),
    }
