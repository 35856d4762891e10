"""From a decoded span to a canonical step: choose the dialects, read them in order, overlay our own attributes.

A dialect is one small pure file with a name, the instrumentation scopes that give it away, a test on the span and a
reading into a step. The scope's name decides first, then the order of DIALECTS (dialects.md, section 1). A span may
speak two dialects: each fills only what is still empty, so the first one wins field by field.
"""

from functools import lru_cache
from typing import Protocol, cast

from collector.dialects import genai, mcp, openinference, own
from collector.dialects.genai import read_score
from collector.dialects.tables import Table, fill_texts
from collector.dialects.values import read_text
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


DIALECTS: tuple[Dialect, ...] = cast(tuple[Dialect, ...], (openinference, mcp, genai))

_ERROR_TYPE: Table = (("error.type", "error_type"),)
_GENERAL: Table = (
    ("session.id", "session_id"),
    ("user.id", "user_id"),
    ("enduser.id", "user_id"),
)
_STATUS_OK = 1


def read_step(span: Span) -> Step:
    """The step that the span tells of; of type `other` and without a dialect when nobody understands it."""
    step = Step()
    by_scope = _find_by_scope(span.scope.name)
    if by_scope is not None:
        step.dialect = by_scope.NAME
        by_scope.read(span, step)
    for dialect in DIALECTS:
        if dialect is not by_scope and dialect.matches(span):
            step.dialect = step.dialect or dialect.NAME
            dialect.read(span, step)
    own.read(span, step)
    if not step.dialect and own.matches(span):
        step.dialect = own.NAME
    _read_general(span, step)
    return step


@lru_cache(maxsize=1024)
def _find_by_scope(scope: str) -> Dialect | None:
    return next((dialect for dialect in DIALECTS if scope.startswith(dialect.SCOPES)), None)


def _read_general(span: Span, step: Step) -> None:
    """What OpenTelemetry says on any span, whoever instrumented it."""
    fill_texts(step, span.attributes, _GENERAL)
    fill_texts(step, span.attributes, _ERROR_TYPE)
    for event in span.events:
        if event.name == "gen_ai.evaluation.result":
            step.scores.append(read_score(event.attributes))
        # a span that ended well may still tell of an exception that was dealt with
        elif event.name == "exception" and not step.error_type and span.status_code != _STATUS_OK:
            step.error_type = read_text(event.attributes.get("exception.type"))
