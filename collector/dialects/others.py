"""Dialects known only from what other readers of them do: Laminar, Genkit, VoltAgent (last row of dialects.md 1).

Sources: https://docs.lmnr.ai/tracing/otel, https://genkit.dev/docs/observability/telemetry-collection/
"""

from collector import steps
from collector.dialects.contents import absorb_input, absorb_output
from collector.dialects.values import read_text
from collector.spans import Span
from collector.steps import Step

NAME = "other"
SCOPES: tuple[str, ...] = ()

_LAMINAR = "lmnr.span.type"
_GENKIT = "genkit:metadata:subtype"
_VOLTAGENT = "entity.type"
_TYPES = {
    "llm": steps.MODEL_CALL,
    "model": steps.MODEL_CALL,
    "tool": steps.TOOL_CALL,
    "retriever": steps.RETRIEVAL,
    "embedder": steps.EMBEDDING,
    "reranker": steps.RERANK,
    "agent": steps.AGENT,
    "flow": steps.WORKFLOW,
    "workflow": steps.WORKFLOW,
    "evaluator": steps.EVALUATION,
    "guardrail": steps.VALIDATOR,
}
_INPUTS = ("lmnr.span.input", "genkit:input")
_OUTPUTS = ("lmnr.span.output", "genkit:output")

MARKS = frozenset({_LAMINAR, _GENKIT, _VOLTAGENT})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Whether one of them gives the span a type; VoltAgent's name of it is anybody's, so its scope must say so."""
    attributes = span.attributes
    if _LAMINAR in attributes or _GENKIT in attributes:
        return True
    return _VOLTAGENT in attributes and "voltagent" in span.scope.name.lower()


def read(span: Span, step: Step) -> None:
    """Read the type and what was said; GenAI's names are read afterwards."""
    attributes = span.attributes
    if step.step_type == steps.OTHER:
        said = next((attributes[name] for name in (_LAMINAR, _GENKIT, _VOLTAGENT) if name in attributes), "")
        step.step_type = _TYPES.get(read_text(said).lower(), steps.OTHER)
    if step.step_type == steps.TOOL_CALL:
        step.tool_name = step.tool_name or read_text(attributes.get("genkit:name")) or span.name
    for name in _INPUTS:
        absorb_input(step, attributes, name)
    for name in _OUTPUTS:
        absorb_output(step, attributes, name)
