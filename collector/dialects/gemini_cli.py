"""Gemini CLI (GC of dialects.md): every span is a trace of its own, so the conversation is the run; messages are in
Gemini's content format, and the output leaves thinking out (which only a log record tells).

Source: https://github.com/google-gemini/gemini-cli/blob/main/docs/cli/telemetry.md
"""

from collector import steps
from collector.dialects.contents import absorb_chat
from collector.dialects.messages import ASSISTANT, USER
from collector.dialects.names import normalise_provider
from collector.dialects.parts import text_part
from collector.dialects.tables import Table, fill_texts
from collector.dialects.values import dump_json, parse_json, read_text, unquote_text
from collector.spans import Span
from collector.steps import Step

NAME = "gemini-cli"
SCOPES = ("gemini-cli",)

_OPERATION = "gen_ai.operation.name"
_TYPES = {
    "llm_call": steps.MODEL_CALL,
    "tool_call": steps.TOOL_CALL,
    "agent_call": steps.AGENT,
    "schedule_tool_calls": steps.WORKFLOW,
    "user_prompt": steps.EVENT,
    "system_prompt": steps.EVENT,
}
_TEXTS: Table = (("gen_ai.conversation.id", "session_id"), ("session.id", "session_id"))
_SYSTEM = "gen_ai.system_instructions"


def matches(_span: Span) -> bool:
    """Only its scope gives it away."""
    return False


def read(span: Span, step: Step) -> None:
    """Read what GenAI's names do not say, or say otherwise."""
    attributes = span.attributes
    step.step_type = _TYPES.get(read_text(attributes.get(_OPERATION)), steps.OTHER)
    fill_texts(step, attributes, _TEXTS)
    fill_texts(step, span.resource.attributes, _TEXTS)
    step.run_id = step.run_id or step.session_id
    if step.step_type == steps.WORKFLOW:
        _read_batch(span, step)
    if step.step_type == steps.MODEL_CALL:
        model = read_text(attributes.get("gen_ai.request.model"))
        step.provider = normalise_provider("gemini", model)
        absorb_chat(step, attributes, "gen_ai.input.messages", "input_messages", USER)
        absorb_chat(step, attributes, "gen_ai.output.messages", "output_messages", ASSISTANT)
    told = unquote_text(attributes.get(_SYSTEM))
    if told and told[:1] != "[":
        step.system_instructions = dump_json([text_part(told)])
        step.absorbed.add(_SYSTEM)


def _read_batch(span: Span, step: Step) -> None:
    """A batch of one tool call that has no span of its own is that call."""
    asked = parse_json(read_text(span.attributes.get("gen_ai.input.messages")))
    if not isinstance(asked, list) or len(asked) != 1 or not isinstance(asked[0], dict):
        return
    call = asked[0]
    step.step_type = steps.TOOL_CALL
    step.tool_name, step.tool_call_id = read_text(call.get("name")), read_text(call.get("callId"))
    step.tool_arguments = dump_json(call["args"]) if call.get("args") is not None else ""
    answered = parse_json(read_text(span.attributes.get("gen_ai.output.messages")))
    if isinstance(answered, list) and len(answered) == 1 and isinstance(answered[0], dict):
        step.has_failed = answered[0].get("status") == "error"
        response = answered[0].get("response")
        step.tool_result = dump_json(response) if response is not None else ""
