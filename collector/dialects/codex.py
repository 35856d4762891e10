"""Codex CLI (CX of dialects.md): very many spans, of which few mean something.

The model stands on a span above the call, so it is left to the tree (`collector/assemble.py`).
Source: https://github.com/openai/codex, docs on OpenTelemetry
"""

from collector import steps
from collector.dialects.tables import Table, fill_counts, fill_texts
from collector.dialects.values import read_flag
from collector.spans import Span
from collector.steps import Step

NAME = "codex"
SCOPES = ("codex_exec", "codex_tui", "codex_cli_rs", "codex_otel.")

_TEXTS: Table = (
    ("turn.id", "run_id"),
    ("turn_id", "run_id"),
    ("conversation.id", "session_id"),
    ("thread_id", "session_id"),
    ("thread.id", "session_id"),
    ("user.account_id", "user_id"),
    ("app.version", "agent_version"),
)
_MODEL: Table = (("model", "request_model"), ("slug", "request_model"))
_TOOL: Table = (("tool_name", "tool_name"), ("call_id", "tool_call_id"))
_COUNTS: Table = (("codex.usage.reasoning_output_tokens", "reasoning_tokens"),)
_CALL = "handle_responses"
_TURN = "run_turn"


def matches(_span: Span) -> bool:
    """Only its scope gives it away: its names are everybody's."""
    return False


def read(span: Span, step: Step) -> None:
    """Read the few spans that mean something; GenAI's usage names are read afterwards."""
    attributes = span.attributes
    fill_texts(step, attributes, _TEXTS)
    fill_texts(step, attributes, _MODEL)
    if span.name == _CALL and "gen_ai.usage.input_tokens" in attributes:
        step.step_type = steps.MODEL_CALL
        step.provider = step.provider or "openai"
        fill_counts(step, attributes, _COUNTS)
    elif "tool_name" in attributes and "call_id" in attributes:
        step.step_type = steps.TOOL_CALL
        fill_texts(step, attributes, _TOOL)
        step.has_failed = read_flag(attributes.get("success")) is False
    elif span.name == _TURN:
        step.step_type = steps.AGENT
        step.agent_name = step.agent_name or "codex"
