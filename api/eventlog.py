"""The event log: one JSON line per step in causal order, then one with the outcome."""

from api.answers import Json, dump_json

_HEAD = ("step", "type", "span_id", "parent_step", "name", "started_at", "latency_ms", "status")
_BY_TYPE = {
    "model_call": ("model", "provider", "tokens_in", "tokens_out", "cost_usd"),
    "embedding": ("model", "provider", "tokens_in", "tokens_out", "cost_usd"),
    "rerank": ("model", "provider", "tokens_in", "tokens_out", "cost_usd"),
    "tool_call": ("tool", "input", "output", "input_hash"),
    "validator": ("rule", "result"),
    "approval": ("approval",),
}
_WHEN_SAID = ("error_type", "decision", "reason")


def build_event_log(replay: Json) -> bytes:
    """NDJSON of a replay."""
    run = replay["run"]
    lines = [{"run_id": run["run_id"], **pick_event_fields(step)} for step in replay["steps"]]
    final = {
        "run_id": run["run_id"],
        "final": run["outcome"]["status"],
        "cost_usd": run["cost"]["usd"],
        "total_latency_ms": run["duration_ms"],
    }
    return b"".join(dump_json(line) + b"\n" for line in [*lines, final])


def pick_event_fields(step: Json) -> Json:
    """The part of a replayed step that the event log holds."""
    names = _HEAD + _BY_TYPE.get(step["type"], ())
    line = {name: step.get(name) for name in names}
    line |= {name: step[name] for name in _WHEN_SAID if step.get(name)}
    if step["retry"]:
        line["retry"] = True
    return line
