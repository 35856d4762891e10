"""Spans of the Anthropic SDK itself and of the Claude API's servers (AS and AP of dialects.md).

GenAI names, with a few of Anthropic's own. A server's span joins the caller's trace below the SDK's: the tree and the
response id tell that both are one call.
"""

from collector import steps
from collector.dialects.tables import Table, fill_counts, fill_texts
from collector.spans import Span
from collector.steps import Step

NAME = "anthropic-sdk"
SCOPES = ("com.anthropic.sdk.", "com.anthropic.claude-platform")

_TEXTS: Table = (
    ("anthropic.session.id", "session_id"),
    ("anthropic.session.thread.id", "session_id"),
    ("anthropic.response.service_tier", "service_tier"),
)
_COUNTS: Table = (("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", "cache_write_1h_tokens"),)
_TOOL_RUNNER = "anthropic.messages.tool_runner"


def matches(_span: Span) -> bool:
    """Only its scope gives it away."""
    return False


def read(span: Span, step: Step) -> None:
    """Read what GenAI's names do not say."""
    if span.name.startswith(_TOOL_RUNNER):
        step.step_type = steps.AGENT
    fill_texts(step, span.attributes, _TEXTS)
    fill_counts(step, span.attributes, _COUNTS)
