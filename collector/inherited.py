"""Models that stand on a span above the call: Codex names its model where it starts the request, and counts the tokens
below it (dialects.md 3.4)."""

import json

import pyarrow as pa
import pyarrow.compute as pc

from collector.dialects.codex import NAME as CODEX
from collector.dialects.names import guess_provider
from collector.joining import Row, Steps
from collector.steps import MODEL_CALL


def find_nameless(table: pa.Table) -> set[str]:
    """Traces with a model call that names no model, or named none itself, of the dialect that names it above."""
    calls = pc.and_(pc.equal(table["Dialect"], CODEX), pc.equal(table["StepType"], MODEL_CALL))
    nameless = pc.or_(pc.equal(table["Model"], ""), pc.not_equal(table["Overlaid"], ""))
    return set(table["TraceId"].filter(pc.and_(calls, nameless)).to_pylist())


def inherit_model(row: Row, steps: Steps) -> None:
    """The model of the nearest span above that names one, noted in `Overlaid` like what records tell."""
    if row["Model"] or row["StepType"] != MODEL_CALL or row["Dialect"] != CODEX:
        return
    above = next((span for span in steps.walk_up(row) if span["Model"]), None)
    if above is None:
        return
    changed = json.loads(row["Overlaid"] or "{}")
    told = {
        "Model": above["Model"],
        "RequestModel": row["RequestModel"] or above["RequestModel"],
        "Provider": row["Provider"] or guess_provider(above["Model"]),
    }
    for name, value in told.items():
        if row[name] != value:
            changed[name] = [changed.get(name, [row[name]])[0], value]
            row[name] = value
    row["Overlaid"] = json.dumps(changed, sort_keys=True)
