"""Google's Agent Development Kit (A1 and A2 of dialects.md). The second telemetry schema speaks GenAI; the first has
bare span names, and Gemini's own request and response as JSON, whose output leaves thinking out.

Source: https://github.com/google/adk-python, src/google/adk/telemetry
"""

from collector import steps
from collector.dialects.messages import ASSISTANT, USER, find_messages, write_messages
from collector.dialects.parts import text_part
from collector.dialects.tables import Table, fill_contents, fill_texts
from collector.dialects.usage import AUDIO_INPUT, CACHE_READ, REASONING, Usage, add_reasoning_to_output, find_count
from collector.dialects.values import dump_json, parse_object, read_count, read_text
from collector.spans import Attributes, Span
from collector.steps import Step

NAME = "google-adk"
SCOPES = ("gcp.vertex.agent",)

_OWN = "gcp.vertex.agent."
_REQUEST = f"{_OWN}llm_request"
_RESPONSE = f"{_OWN}llm_response"
_TEXTS: Table = ((f"{_OWN}session_id", "session_id"), (f"{_OWN}invocation_id", "run_id"))
_TOOL_CONTENTS: Table = ((f"{_OWN}tool_call_args", "tool_arguments"), (f"{_OWN}tool_response", "tool_result"))
_NAMES = {"call_llm": steps.MODEL_CALL, "invocation": steps.WORKFLOW}
_AGENT = "agent_run ["
_LONGEST = 1 << 22

MARKS = frozenset({_REQUEST})
"""Attributes that give it away."""


def matches(span: Span) -> bool:
    """Its own attributes on a model call of the first schema."""
    return _REQUEST in span.attributes


def read(span: Span, step: Step) -> None:
    """Read what the first schema says; GenAI's names are read afterwards."""
    attributes = span.attributes
    if step.step_type == steps.OTHER and "gen_ai.operation.name" not in attributes:
        step.step_type = steps.AGENT if span.name.startswith(_AGENT) else _NAMES.get(span.name, steps.OTHER)
        if step.step_type == steps.AGENT:
            step.agent_name = span.name[len(_AGENT) :].removesuffix("]")
    fill_texts(step, attributes, _TEXTS)
    fill_contents(step, attributes, _TOOL_CONTENTS)
    if step.step_type == steps.MODEL_CALL:
        _read_request(attributes, step)
        _read_response(attributes, step)


def _read_request(attributes: Attributes, step: Step) -> None:
    request = parse_object(attributes.get(_REQUEST), _LONGEST)
    messages = find_messages(request)
    if messages and not step.input_messages:
        step.input_messages = write_messages(messages, USER)
        step.absorbed.add(_REQUEST)
    config = request.get("config")
    told = config.get("system_instruction") if isinstance(config, dict) else None
    if isinstance(told, str) and told and not step.system_instructions:
        step.system_instructions = dump_json([text_part(told)])


def _read_response(attributes: Attributes, step: Step) -> None:
    response = parse_object(attributes.get(_RESPONSE), _LONGEST)
    messages = find_messages(response)
    if messages and not step.output_messages:
        step.output_messages = write_messages(messages, ASSISTANT)
        step.absorbed.add(_RESPONSE)
    usage = response.get("usage_metadata")
    if isinstance(usage, dict):
        _read_usage(attributes, usage, step)


def _read_usage(attributes: Attributes, usage: Usage, step: Step) -> None:
    step.output_tokens = read_count(attributes.get("gen_ai.usage.output_tokens")) or 0
    step.cache_read_tokens = find_count(usage, CACHE_READ) or 0
    step.reasoning_tokens = find_count(usage, REASONING) or 0
    step.audio_input_tokens = find_count(usage, AUDIO_INPUT) or _count_modality(usage, "prompt_tokens_details")
    step.audio_output_tokens = _count_modality(usage, "candidates_tokens_details")
    step.has_usage = True
    add_reasoning_to_output(step)


def _count_modality(usage: Usage, name: str) -> int:
    details = usage.get(name)
    if not isinstance(details, list):
        return 0
    heard = [item for item in details if isinstance(item, dict) and read_text(item.get("modality")) == "AUDIO"]
    return sum(read_count(item.get("token_count")) or 0 for item in heard)
