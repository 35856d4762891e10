"""Log records of the command-line agents: Claude Code, Codex and Gemini CLI (CC, CX and GC of dialects.md).

They tell more in records than in spans: what a call cost, who allowed a tool, what was asked and answered, and
Gemini's cached and thinking tokens.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from collector import steps
from collector.dialects.claude_code import read_decision
from collector.dialects.messages import ASSISTANT, USER, write_text
from collector.dialects.tables import Table, fill_counts, fill_texts
from collector.dialects.usage import add_cache_to_input, add_reasoning_to_output
from collector.dialects.values import read_count, read_flag, read_json, read_money, read_number, read_text
from collector.spans import Attributes, LogRecord
from collector.steps import Step

_CC, _CX, _GC = "claude-code", "codex", "gemini-cli"
_SCOPES = (("com.anthropic.claude_code.", _CC), ("codex_", _CX), ("gemini-cli", _GC))
_CALL_TEXTS: Table = (("model", "request_model"), ("slug", "request_model"))
_TOOL_TEXTS: Table = (
    ("tool_name", "tool_name"),
    ("function_name", "tool_name"),
    ("tool_use_id", "tool_call_id"),
    ("call_id", "tool_call_id"),
    ("error.type", "error_type"),
    ("error_type", "error_type"),
)
_COUNTS: Table = (
    ("input_tokens", "input_tokens"),
    ("output_tokens", "output_tokens"),
    ("cache_read_tokens", "cache_read_tokens"),
    ("cache_creation_tokens", "cache_write_tokens"),
    ("input_token_count", "input_tokens"),
    ("output_token_count", "output_tokens"),
    ("cached_token_count", "cache_read_tokens"),
    ("cached_content_token_count", "cache_read_tokens"),
    ("reasoning_token_count", "reasoning_tokens"),
    ("thoughts_token_count", "reasoning_tokens"),
)
_SESSION: Table = (
    ("session.id", "session_id"),
    ("gen_ai.conversation.id", "session_id"),
    ("conversation.id", "session_id"),
    ("user.account_id", "user_id"),
)
_REDACTED = "<REDACTED>"
# https://github.com/google-gemini/gemini-cli/blob/main/docs/cli/telemetry.md, gemini_cli.tool_call
_GEMINI_DECISIONS = frozenset({"accept", "reject", "auto_accept", "modify"})


@dataclass(slots=True)
class Told:
    """What a record tells, before it becomes a supplement."""

    kind: str
    dialect: str
    target: str
    step: Step = field(default_factory=Step)


Reader = Callable[[Attributes, Told], None]


def read_record(record: LogRecord) -> Told | None:
    """What the record tells; None when it is of no known kind."""
    dialect = next((name for prefix, name in _SCOPES if record.scope.name.startswith(prefix)), "")
    event = record.name.rpartition(".")[2]
    entry = _READERS.get((dialect, event))
    if entry is None:
        return None
    target, reader = entry
    told = Told(event, dialect, target)
    fill_texts(told.step, record.attributes, _SESSION)
    fill_texts(told.step, record.resource.attributes, _SESSION)
    reader(record.attributes, told)
    return told


def _read_call(attributes: Attributes, told: Told) -> None:
    """A model call's counts, and what it cost."""
    step = told.step
    fill_texts(step, attributes, _CALL_TEXTS)
    fill_counts(step, attributes, _COUNTS)
    step.reported_cost_usd = read_money(attributes.get("cost_usd"))
    micros = read_count(attributes.get("cost_usd_micros"))
    if step.reported_cost_usd is None and micros is not None:
        step.reported_cost_usd = Decimal(micros).scaleb(-6)
    step.first_token_ms = read_number(attributes.get("ttft_ms"))
    if told.dialect == _CC:
        add_cache_to_input(step)
    elif told.dialect == _GC:
        add_reasoning_to_output(step)  # as the span's, its output leaves thinking out


def _read_error(attributes: Attributes, told: Told) -> None:
    fill_texts(told.step, attributes, (*_CALL_TEXTS, ("error_type", "error_type"), ("error.type", "error_type")))


def _read_decision(attributes: Attributes, told: Told) -> None:
    """Who allowed or refused a tool: the record knows better than the span."""
    step = told.step
    fill_texts(step, attributes, _TOOL_TEXTS)
    read_decision(attributes, step)
    decision = read_text(attributes.get("decision")).lower()
    if told.dialect == _CX and decision:
        source = read_text(attributes.get("source")).lower()
        step.approval_approved = decision.startswith("approved")
        step.approval_approver = source
        step.approval_required = source != "config"


def _read_tool(attributes: Attributes, told: Told) -> None:
    step = told.step
    fill_texts(step, attributes, _TOOL_TEXTS)
    step.tool_arguments = read_json(
        attributes.get("tool_input") or attributes.get("arguments") or attributes.get("function_args")
    )
    step.tool_result = read_json(attributes.get("output"))
    if told.dialect == _GC:
        _read_gemini_decision(attributes, step)
    step.has_failed = read_flag(attributes.get("success")) is False
    if step.has_failed and not step.error_type:
        step.error_type = "_OTHER"


def _read_gemini_decision(attributes: Attributes, step: Step) -> None:
    """Gemini CLI tells who allowed a tool with the tool's result; nothing where nobody was asked."""
    decision = read_text(attributes.get("decision"))
    if decision in _GEMINI_DECISIONS:
        step.approval_type = "tool"
        step.approval_required = decision != "auto_accept"
        step.approval_approved = decision != "reject"
        step.approval_approver = "user" if step.approval_required else "config"


def _read_prompt(attributes: Attributes, told: Told) -> None:
    prompt = read_text(attributes.get("prompt"))
    if prompt and prompt != _REDACTED:
        told.step.input_messages = write_text(USER, prompt)[1:-1]


def _read_response(attributes: Attributes, told: Told) -> None:
    response = read_text(attributes.get("response"))
    if response and response != _REDACTED:
        told.step.output_messages = write_text(ASSISTANT, response)[1:-1]


_READERS: dict[tuple[str, str], tuple[str, Reader]] = {
    (_CC, "user_prompt"): (steps.AGENT, _read_prompt),
    (_CC, "assistant_response"): (steps.AGENT, _read_response),
    (_CC, "api_request"): (steps.MODEL_CALL, _read_call),
    (_CC, "api_error"): (steps.MODEL_CALL, _read_error),
    (_CC, "tool_decision"): (steps.APPROVAL, _read_decision),
    (_CC, "tool_result"): (steps.TOOL_CALL, _read_tool),
    (_CX, "user_prompt"): (steps.AGENT, _read_prompt),
    (_CX, "sse_event"): (steps.MODEL_CALL, _read_call),
    (_CX, "tool_decision"): (steps.TOOL_CALL, _read_decision),
    (_CX, "tool_result"): (steps.TOOL_CALL, _read_tool),
    (_GC, "user_prompt"): (steps.AGENT, _read_prompt),
    (_GC, "api_response"): (steps.MODEL_CALL, _read_call),
    (_GC, "api_error"): (steps.MODEL_CALL, _read_error),
    (_GC, "tool_call"): (steps.TOOL_CALL, _read_tool),
}
