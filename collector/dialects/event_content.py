"""What span events tell on any span, whoever instrumented it: evaluations, exceptions, and what was said.

Content on events came with every form of GenAI's conventions: one event for each message (until 1.36), one or more
`gen_ai.client.inference.operation.details` with the attributes (since 1.37), and Spring AI's prompt and completion.
"""

from collector import steps
from collector.dialects.event_messages import CHOICE, ROLES, fill_messages
from collector.dialects.genai import fill_said, read_score
from collector.dialects.messages import ASSISTANT, USER, write_text
from collector.dialects.values import read_text
from collector.spans import Event, Span
from collector.steps import Step

EVALUATION = "gen_ai.evaluation.result"
DETAILS = "gen_ai.client.inference.operation.details"
_INTERRUPT = "GraphInterrupt"
_STATUS_OK = 1


def read_events(span: Span, step: Step) -> None:
    """Fill from the span's events what its attributes left empty."""
    said: list[Event] = []
    for event in span.events:
        name = event.name
        if name == EVALUATION:
            step.scores.append(read_score(event.attributes))
        elif name == "exception":
            _read_exception(event, span, step)
        elif name == DETAILS:
            fill_said(step, event.attributes)
        elif name == CHOICE or name in ROLES:
            said.append(event)
        elif name.startswith("gen_ai.content."):
            _read_spring(event, step)
    if said and step.step_type != steps.TOOL_CALL and not (step.input_messages and step.output_messages):
        fill_messages(((event.name, dict(event.attributes)) for event in said), step)


def _read_exception(event: Event, span: Span, step: Step) -> None:
    raised = read_text(event.attributes.get("exception.type"))
    if raised.rpartition(".")[2] == _INTERRUPT:
        # LangGraph stops a graph to ask a person: https://docs.langchain.com/oss/python/langgraph/interrupts
        step.step_type = steps.APPROVAL
        step.approval_required = True
        step.approval_type = step.approval_type or "interrupt"
    # a span that ended well may still tell of an exception that was dealt with
    elif not step.error_type and span.status_code != _STATUS_OK:
        step.error_type = raised


def _read_spring(event: Event, step: Step) -> None:
    """Spring AI: https://docs.spring.io/spring-ai/reference/observability/"""
    prompt = read_text(event.attributes.get("gen_ai.prompt"))
    completion = read_text(event.attributes.get("gen_ai.completion"))
    if prompt and not step.input_messages:
        step.input_messages = write_text(USER, prompt)
    if completion and not step.output_messages:
        step.output_messages = write_text(ASSISTANT, completion)
