"""OpenLIT (OL of dialects.md): GenAI names, seconds to the first token, guards, and a cost of 0 that means unknown.

Source: https://docs.openlit.io/latest/sdk/semantic-conventions
"""

from collector import steps
from collector.dialects.tables import Table, fill_contents, fill_texts
from collector.dialects.values import read_number, read_text
from collector.spans import Span
from collector.steps import Step

NAME = "openlit"
SCOPES = ("openlit.",)

_TEXTS: Table = (("openlit.agent.version_hash", "agent_version"), ("gen_ai.request.user", "user_id"))
_GUARD: Table = (("guard.name", "policy_rule"), ("guard.explanation", "policy_reason"))
_TOOL_CONTENTS: Table = (("gen_ai.tool.args", "tool_arguments"),)
_FIRST_TOKEN_S = "gen_ai.server.time_to_first_token"  # noqa: S105 - milliseconds in Strands
_DECISIONS = {"allow": "allow", "pass": "allow", "deny": "deny", "block": "deny", "fail": "deny", "flag": "escalate"}

MARKS = frozenset({"guard.name"})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Its guards, wherever they run."""
    return "guard.name" in span.attributes


def read(span: Span, step: Step) -> None:
    """Read what GenAI's names do not say, or say otherwise."""
    attributes = span.attributes
    fill_texts(step, attributes, _TEXTS)
    if "guard.name" in attributes:
        step.step_type = steps.VALIDATOR
        fill_texts(step, attributes, _GUARD)
        said = read_text(attributes.get("guard.action")) or read_text(attributes.get("guard.verdict"))
        step.policy_decision = _DECISIONS.get(said.lower(), "")
    if attributes.get("gen_ai.operation.name") == "execute_tool":
        fill_contents(step, attributes, _TOOL_CONTENTS)
    seconds = read_number(attributes.get(_FIRST_TOKEN_S))
    if step.first_token_ms is None and seconds is not None:
        step.first_token_ms = seconds * 1000
