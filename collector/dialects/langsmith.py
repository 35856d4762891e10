"""LangSmith's OpenTelemetry export (LS of dialects.md): GenAI names, with the inputs and outputs of every run in
`gen_ai.prompt` and `gen_ai.completion`. Source: https://docs.langchain.com/langsmith/trace-with-opentelemetry
"""

import re

from collector import steps
from collector.dialects.contents import absorb_input, absorb_output
from collector.dialects.names import normalise_provider
from collector.dialects.tables import Table, fill_texts
from collector.dialects.usage import fill_usage
from collector.dialects.values import parse_object, read_text
from collector.spans import Attributes, Span
from collector.steps import Step

NAME = "langsmith"
SCOPES = ("langsmith",)

_KIND = "langsmith.span.kind"
_KINDS = {
    "llm": steps.MODEL_CALL,
    "tool": steps.TOOL_CALL,
    "retriever": steps.RETRIEVAL,
    "embedding": steps.EMBEDDING,
    "chain": steps.WORKFLOW,
    "prompt": steps.WORKFLOW,
    "parser": steps.WORKFLOW,
}
_OWN = "langsmith.metadata."
_TEXTS: Table = (
    (f"{_OWN}session_id", "session_id"),
    (f"{_OWN}thread_id", "session_id"),
    (f"{_OWN}conversation_id", "session_id"),
    ("langsmith.trace.session_id", "session_id"),
    (f"{_OWN}user_id", "user_id"),
    (f"{_OWN}lc_agent_name", "agent_name"),
    (f"{_OWN}revision_id", "workflow_version"),
)
_CLASS = re.compile(r"([A-Za-z_][\w.]{0,100})\(")

MARKS = frozenset({_KIND})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Every run says its kind."""
    return _KIND in span.attributes


def read(span: Span, step: Step) -> None:
    """Read the span into the fields that are still empty; GenAI's names are read afterwards."""
    attributes = span.attributes
    if step.step_type == steps.OTHER:
        step.step_type = _find_type(span)
    fill_texts(step, attributes, _TEXTS)
    if step.step_type == steps.TOOL_CALL:
        step.tool_name = step.tool_name or read_text(attributes.get("gen_ai.tool.name")) or span.name
    elif step.step_type == steps.AGENT:
        step.agent_name = step.agent_name or span.name
    elif step.step_type in (steps.MODEL_CALL, steps.EMBEDDING):
        _read_call(attributes, step)
    absorb_input(step, attributes, "gen_ai.prompt")
    absorb_output(step, attributes, "gen_ai.completion")
    _read_error(span, step)


def _find_type(span: Span) -> str:
    kind = _KINDS.get(read_text(span.attributes.get(_KIND)), steps.OTHER)
    if kind == steps.WORKFLOW:
        named = span.attributes.get(f"{_OWN}lc_agent_name")
        if (named and named == span.name) or f"{_OWN}ls_agent_type" in span.attributes:
            return steps.AGENT
    return kind


def _read_call(attributes: Attributes, step: Step) -> None:
    provider = read_text(attributes.get(f"{_OWN}ls_provider"))
    if provider and not step.provider:
        step.provider = normalise_provider(provider, read_text(attributes.get("gen_ai.request.model")))
    usage = parse_object(attributes.get(f"{_OWN}usage_metadata"))
    if not usage:
        usage = {
            name: parse_object(attributes.get(f"gen_ai.usage.{name}"))
            for name in ("input_token_details", "output_token_details")
        }
    fill_usage(step, usage)


def _read_error(span: Span, step: Step) -> None:
    """The exception's type is always `Exception`; the real class stands at the start of its message."""
    for event in span.events:
        if event.name == "exception" and not step.error_type:
            found = _CLASS.match(read_text(event.attributes.get("exception.message")))
            step.error_type = found.group(1) if found else ""
