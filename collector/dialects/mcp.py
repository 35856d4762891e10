"""Model Context Protocol spans (`mcp.method.name`; MC of dialects.md).

`mcp.session.id` is the transport's session, not a conversation, and `jsonrpc.request.id` is not the model's call
id: neither is read. The `gen_ai.tool.*` attributes of the same span are read as GenAI ones.
"""

from collector import steps
from collector.dialects.values import read_text
from collector.spans import Span
from collector.steps import Step

NAME = "mcp"
SCOPES = ("mcp-python-sdk",)

_CALL = "tools/call"

MARKS = frozenset({"mcp.method.name"})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Whether the span names an MCP method."""
    return "mcp.method.name" in span.attributes


def read(span: Span, step: Step) -> None:
    """A `tools/call` is a tool call, on the client's side and on the server's; other methods are of no type."""
    if read_text(span.attributes.get("mcp.method.name")) != _CALL:
        return
    if step.step_type == steps.OTHER:
        step.step_type = steps.TOOL_CALL
    if not step.tool_name:
        named = read_text(span.attributes.get("gen_ai.tool.name"))
        # the span is called `tools/call {tool}` by the convention
        step.tool_name = named or span.name.removeprefix(_CALL).strip()
