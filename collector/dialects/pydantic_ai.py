"""Pydantic AI, Logfire and pydantic-evals (PA and LG of dialects.md): GenAI names with older and own ones beside.

Sums over an agent's run stand under `gen_ai.aggregated_usage.*` and are never read: its calls say them.
Source: https://ai.pydantic.dev/logfire/ and https://pydantic.dev/docs/logfire/
"""

from collector import steps
from collector.dialects.contents import absorb_chat
from collector.dialects.event_messages import read_event_list
from collector.dialects.messages import ASSISTANT, USER, write_messages, write_text
from collector.dialects.tables import Table, fill_contents, fill_counts, fill_texts
from collector.dialects.usage import fill_usage
from collector.dialects.values import parse_object, read_number, read_text
from collector.spans import Attributes, Span
from collector.steps import Score, Step

NAME = "pydantic-ai"
SCOPES = ("pydantic-ai", "pydantic-evals", "logfire", "logfire.")

_TEXTS: Table = (("agent_name", "agent_name"),)
_COUNTS: Table = (
    ("gen_ai.usage.details.cached_tokens", "cache_read_tokens"),
    ("gen_ai.usage.details.cache_read_tokens", "cache_read_tokens"),
    ("gen_ai.usage.details.cache_write_tokens", "cache_write_tokens"),
    ("gen_ai.usage.details.reasoning_tokens", "reasoning_tokens"),
    ("gen_ai.usage.details.input_audio_tokens", "audio_input_tokens"),
    ("gen_ai.usage.details.cache_audio_read_tokens", "cache_audio_tokens"),
    ("gen_ai.usage.details.output_audio_tokens", "audio_output_tokens"),
    # it copies the details of the completion
    ("gen_ai.usage.details.audio_tokens", "audio_output_tokens"),
)
_TOOL_CONTENTS: Table = (
    ("gen_ai.tool.call.arguments", "tool_arguments"),
    ("tool_arguments", "tool_arguments"),
    ("gen_ai.tool.call.result", "tool_result"),
    ("tool_response", "tool_result"),
)
_DEFERRAL = "pydantic_ai.tool.deferral.name"
_APPROVAL = "ApprovalRequired"
_RESULT = "final_result"
_LONGEST_REPLY = 1 << 22
_EVALUATED = ("assertions", "scores", "labels")
_OPERATIONS = {"invoke_agent": steps.AGENT, "execute_tool": steps.TOOL_CALL, "experiment": steps.EVALUATION}
_NAMES = {"running tools": steps.WORKFLOW, "running tool": steps.TOOL_CALL}

MARKS = frozenset({"model_request_parameters", _DEFERRAL})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Older agents have no operation name."""
    return "model_request_parameters" in span.attributes or _DEFERRAL in span.attributes


def read(span: Span, step: Step) -> None:
    """Read what GenAI's names do not say, or say otherwise."""
    attributes = span.attributes
    if step.step_type == steps.OTHER:
        step.step_type = _find_type(span)
    fill_texts(step, attributes, _TEXTS)
    fill_counts(step, attributes, _COUNTS)
    if step.step_type == steps.AGENT:
        _read_agent(attributes, step)
    elif step.step_type in (steps.TOOL_CALL, steps.APPROVAL):
        fill_contents(step, attributes, _TOOL_CONTENTS)
        if step.step_type == steps.APPROVAL:
            fill_texts(step, attributes, (("gen_ai.tool.name", "approval_type"),))
            step.approval_required = True
    elif step.step_type == steps.EVALUATION:
        _read_scores(attributes, step)
    elif "events" in attributes:
        read_event_list(attributes, "events", step)
    elif span.scope.name.startswith("logfire"):
        _read_logfire(attributes, step)
    if "gen_ai.usage.raw" in attributes:
        fill_usage(step, parse_object(attributes["gen_ai.usage.raw"]))


def _find_type(span: Span) -> str:
    attributes = span.attributes
    if _asks_for_approval(span):
        return steps.APPROVAL
    if "gen_ai.operation.name" in attributes:
        operation = attributes["gen_ai.operation.name"]
        return (
            steps.AGENT
            if operation == "invoke_agent"
            else steps.TOOL_CALL
            if operation == "execute_tool"
            else steps.OTHER
        )
    if span.scope.name == "pydantic-evals":
        evaluated = "expected_output" in attributes or span.name.startswith(("case:", "evaluator:"))
        return steps.EVALUATION if evaluated else steps.WORKFLOW
    if attributes.get("logfire.span_type") == "log":
        return steps.EVENT
    if "agent_name" in attributes and "model_name" in attributes:
        return steps.AGENT
    return _NAMES.get(span.name, steps.OTHER)


def _asks_for_approval(span: Span) -> bool:
    """A tool that was not run but asked for an approval; up to format 4 it says so as an exception."""
    if span.attributes.get(_DEFERRAL) == _APPROVAL:
        return True
    return any(
        event.name == "exception" and read_text(event.attributes.get("exception.type")).endswith(f".{_APPROVAL}")
        for event in span.events
    )


def _read_logfire(attributes: Attributes, step: Step) -> None:
    """Logfire's own form of a request and its reply, where GenAI's messages are not there."""
    if "gen_ai.input.messages" not in attributes and "request_data" in attributes:
        absorb_chat(step, attributes, "request_data", "input_messages", USER)
    if "gen_ai.output.messages" in attributes or step.output_messages:
        return
    reply = parse_object(attributes.get("response_data"), _LONGEST_REPLY)
    message, text = reply.get("message"), read_text(reply.get("combined_chunk_content"))
    if isinstance(message, dict):
        step.output_messages = write_messages([message], ASSISTANT)
    elif text:
        step.output_messages = write_text(ASSISTANT, text)
    if step.output_messages:
        step.absorbed.add("response_data")


def _read_agent(attributes: Attributes, step: Step) -> None:
    absorb_chat(step, attributes, _RESULT, "output_messages", ASSISTANT)
    absorb_chat(step, attributes, "pydantic_ai.all_messages", "input_messages", USER)
    if not step.input_messages and "all_messages_events" in attributes:
        read_event_list(attributes, "all_messages_events", step)


def _read_scores(attributes: Attributes, step: Step) -> None:
    for group in _EVALUATED:
        for name, entry in parse_object(attributes.get(group)).items():
            if isinstance(entry, dict):
                value, reason = entry.get("value"), read_text(entry.get("reason"))
                if isinstance(value, bool):
                    step.scores.append(Score(name, float(value), "pass" if value else "fail", reason))
                else:
                    label = value if isinstance(value, str) else ""
                    step.scores.append(Score(name, read_number(value), label, reason))
