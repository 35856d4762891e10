"""From a decoded span to a canonical step: choose the dialects, read them in order, overlay our own attributes.

A dialect is one small pure file with a name, the instrumentation scopes that give it away, a test on the span and a
reading into a step. The scope's name decides first, then the order of DIALECTS (dialects.md, section 1). A span may
speak two dialects: each fills only what is still empty, so the first one wins field by field.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol, cast

from collector.dialects import (
    agent_framework,
    anthropic_sdk,
    claude_code,
    codex,
    gemini_cli,
    genai,
    google_adk,
    langfuse,
    langsmith,
    litellm,
    mcp,
    mlflow,
    openinference,
    openlit,
    openllmetry,
    others,
    own,
    pydantic_ai,
    strands,
    vercel,
)
from collector.dialects.event_content import read_events
from collector.dialects.names import guess_provider
from collector.dialects.tables import Table, fill_texts
from collector.spans import Span
from collector.steps import Step


class Dialect(Protocol):
    """What a dialect's file offers."""

    NAME: str
    SCOPES: tuple[str, ...]

    def matches(self, span: Span) -> bool:
        """Whether the span's attributes speak it."""

    def read(self, span: Span, step: Step) -> None:
        """Fill the step's empty fields from the span."""


# after the scope, attributes tell in this order; GenAI's names are used by nearly all, so they come last
DIALECTS: tuple[Dialect, ...] = cast(
    tuple[Dialect, ...],
    (
        langfuse, openinference, openllmetry, mlflow, langsmith, vercel, pydantic_ai, google_adk, litellm, openlit,
        claude_code, codex, gemini_cli, strands, agent_framework, anthropic_sdk, others, mcp, genai,
    ),
)  # fmt: skip
_MARKED = (
    langfuse, openinference, openllmetry, mlflow, langsmith, vercel, pydantic_ai, google_adk, litellm, openlit, others,
    mcp,
)  # fmt: skip
_MARKS = frozenset[str]().union(*(dialect.MARKS for dialect in _MARKED))

_UNNAMED_ERROR = "_OTHER"  # https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/#error-type
_GENERAL: Table = (
    ("session.id", "session_id"),
    ("user.id", "user_id"),
    ("enduser.id", "user_id"),
    ("error.type", "error_type"),
)


def read_step(span: Span, map_attributes: Callable[[Span, Step], None] | None = None) -> Step:
    """The step that the span tells of; of type `other` and without a dialect when nobody understands it.

    `map_attributes` lays the deployment's own mapping over what the dialects say, below our own attributes.
    """
    step = Step()
    by_scope = _find_by_scope(span.scope.name)
    if by_scope is not None:
        step.dialect = by_scope.NAME
        by_scope.read(span, step)
    for dialect in _find_by_marks(_MARKS.intersection(span.attributes)):
        if dialect is not by_scope and dialect.matches(span):
            step.dialect = step.dialect or dialect.NAME
            dialect.read(span, step)
    if step.dialect != genai.NAME and genai.matches(span):
        step.dialect = step.dialect or genai.NAME
        genai.read(span, step)
    if map_attributes is not None:
        map_attributes(span, step)
    own.read(span, step)
    if not step.dialect and own.matches(span):
        step.dialect = own.NAME
    fill_texts(step, span.attributes, _GENERAL)
    if span.events:
        read_events(span, step)
    if not step.provider and (step.response_model or step.request_model):
        step.provider = guess_provider(step.response_model or step.request_model)
    if step.has_failed and not step.error_type:
        step.error_type = _UNNAMED_ERROR
    return step


@lru_cache(maxsize=1024)
def _find_by_marks(marks: frozenset[str]) -> tuple[Dialect, ...]:
    """The dialects that these attributes may give away, in their order; most spans have one such attribute or none."""
    return tuple(cast(Dialect, dialect) for dialect in _MARKED if not dialect.MARKS.isdisjoint(marks))


@lru_cache(maxsize=1024)
def _find_by_scope(scope: str) -> Dialect | None:
    """A scope that ends with a dot stands for all below it; any other is meant as it is."""
    for dialect in DIALECTS:
        if any(scope == name or (name.endswith(".") and scope.startswith(name)) for name in dialect.SCOPES):
            return dialect
    return None
