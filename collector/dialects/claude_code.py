"""Claude Code and the Claude Agent SDK, which runs it (CC of dialects.md): bare names, cached tokens beside the input.

Source: https://docs.claude.com/en/docs/claude-code/monitoring-usage
"""

from collector import steps
from collector.dialects.messages import USER, write_text
from collector.dialects.names import normalise_finish
from collector.dialects.tables import Table, fill_counts, fill_texts
from collector.dialects.usage import add_cache_to_input
from collector.dialects.values import dump_json, read_flag, read_json, read_number, read_text
from collector.spans import Attributes, Span
from collector.steps import Step

NAME = "claude-code"
SCOPES = ("com.anthropic.claude_code.",)

_TYPE = "span.type"
_TYPES = {
    "interaction": steps.AGENT,
    "llm_request": steps.MODEL_CALL,
    "tool": steps.TOOL_CALL,
    "tool.execution": steps.TOOL_CALL,
    "tool.blocked_on_user": steps.APPROVAL,
    "hook": steps.VALIDATOR,
}
_NAME = "claude_code."
_TEXTS: Table = (
    ("session.id", "session_id"),
    ("model", "request_model"),
    ("tool_name", "tool_name"),
    ("gen_ai.tool.call.id", "tool_call_id"),
    ("tool_use_id", "tool_call_id"),
    ("speed", "service_tier"),
)
_COUNTS: Table = (
    ("input_tokens", "input_tokens"),
    ("output_tokens", "output_tokens"),
    ("cache_read_tokens", "cache_read_tokens"),
    ("cache_creation_tokens", "cache_write_tokens"),
)
_ARGUMENTS = ("full_command", "file_path", "skill_name", "subagent_type")
_REDACTED = "<REDACTED>"
AGENT = "claude-code"


def matches(_span: Span) -> bool:
    """Only its scope gives it away: its names are everybody's."""
    return False


def read(span: Span, step: Step) -> None:
    """Read the span; every field is its own here."""
    attributes = span.attributes
    said = read_text(attributes.get(_TYPE)) or span.name
    step.step_type = _TYPES.get(said.removeprefix(_NAME), steps.OTHER)
    fill_texts(step, attributes, _TEXTS)
    if step.step_type == steps.MODEL_CALL:
        step.provider = "anthropic"
        fill_counts(step, attributes, _COUNTS)
        add_cache_to_input(step)
        step.finish_reason = normalise_finish(read_text(attributes.get("stop_reason")))
        step.first_token_ms = read_number(attributes.get("ttft_ms"))
        step.has_failed = read_flag(attributes.get("success")) is False
    elif step.step_type == steps.TOOL_CALL:
        step.has_failed = read_flag(attributes.get("success")) is False
        _read_tool(span, step)
    elif step.step_type == steps.APPROVAL:
        read_decision(attributes, step)
    elif step.step_type == steps.AGENT:
        step.agent_name = step.agent_name or AGENT
        prompt = read_text(attributes.get("user_prompt"))
        if prompt and prompt != _REDACTED:
            step.input_messages = write_text(USER, prompt)
            step.absorbed.add("user_prompt")


def read_decision(attributes: Attributes, step: Step) -> None:
    """Who allowed or refused a tool; `unknown` says nothing, and the log record may know better."""
    decision, source = read_text(attributes.get("decision")), read_text(attributes.get("source"))
    step.approval_type = step.approval_type or "tool"
    if decision in ("accept", "reject"):
        step.approval_approved = decision == "accept"
        step.approval_approver = source
        step.approval_required = source.startswith("user_")


def _read_tool(span: Span, step: Step) -> None:
    attributes = span.attributes
    arguments = {name: attributes[name] for name in _ARGUMENTS if attributes.get(name) not in (None, "")}
    if arguments and not step.tool_arguments:
        step.tool_arguments = dump_json(arguments)
        step.absorbed |= arguments.keys()
    for event in span.events:
        if event.name == "tool.output" and not step.tool_result:
            said = next(
                (event.attributes[name] for name in ("output", "content", "diff") if name in event.attributes), ""
            )
            step.tool_result = read_json(said)
