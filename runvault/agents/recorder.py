"""One run of an agent, written down with the plain OpenTelemetry SDK.

Attribute names are those of OpenTelemetry's GenAI conventions; `runvault.*` ones are optional extras that say what
the conventions have no word for: outcome, side effects, policy decisions, approvals. A real agent would let the clock
run; this one moves its own clock, so that a run of minutes is made in a millisecond.
"""

import json
import random
import string
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.util.types import AttributeValue

SECOND = 1_000_000_000

Attributes = dict[str, AttributeValue]
Message = dict[str, object]


def say(role: str, text: str) -> Message:
    """A text message in the shape of `gen_ai.input.messages` and `gen_ai.output.messages`."""
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def call_tool(name: str, call_id: str, arguments: object) -> Message:
    """A message in which the model asks for a tool."""
    part = {"type": "tool_call", "id": call_id, "name": name, "arguments": arguments}
    return {"role": "assistant", "parts": [part]}


def answer_tool(call_id: str, response: object) -> Message:
    """A message that gives a tool's result back to the model."""
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": call_id, "response": response}]}


class Recorder:
    """Writes the steps of one run as spans. Its clock (`now`, nanoseconds) starts at `started_ns`."""

    def __init__(self, tracer: Tracer, rng: random.Random, run_id: str, started_ns: int) -> None:
        self.tracer = tracer
        self.rng = rng
        self.run_id = run_id
        self.now = started_ns
        self.spans = 0
        self.history: list[Message] = []

    def make_id(self, prefix: str) -> str:
        """A made-up identifier: the prefix and ten letters."""
        return prefix + "".join(self.rng.choices(string.ascii_lowercase, k=10))

    @contextmanager
    def step(
        self, name: str, attributes: Attributes, seconds: float = 0.0, kind: SpanKind = SpanKind.INTERNAL
    ) -> Iterator[Span]:
        """A span around what the block does, `seconds` longer than its children; a child of the span around it."""
        parent = None if self.spans else Context()  # the first span is the root, whatever the caller is traced with
        self.spans += 1
        with self.tracer.start_as_current_span(
            name, context=parent, kind=kind, attributes=attributes, start_time=self.now, end_on_exit=False
        ) as span:
            yield span
            self.now += int(seconds * SECOND)
            span.end(self.now)

    def chat(
        self, provider: str, model: str, reply: Message, tokens: tuple[int, int, int], seconds: float, system: str = ""
    ) -> None:
        """A model call that reads the whole history and adds `reply`; `tokens` are input, of that cached, output."""
        asks_tool = any(part["type"] == "tool_call" for part in _parts(reply))
        first_chunk = min(seconds / 2, self.rng.uniform(0.2, 0.9))
        attributes: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
            "gen_ai.response.model": model,
            "gen_ai.response.id": self.make_id("resp_"),
            "gen_ai.request.stream": True,
            "gen_ai.response.time_to_first_chunk": round(first_chunk, 3),
            "gen_ai.usage.input_tokens": tokens[0],
            "gen_ai.usage.cache_read.input_tokens": tokens[1],
            "gen_ai.usage.output_tokens": tokens[2],
            "gen_ai.response.finish_reasons": ["tool_calls" if asks_tool else "stop"],
            "gen_ai.input.messages": json.dumps(self.history),
            "gen_ai.output.messages": json.dumps([reply]),
        }
        if system:
            attributes["gen_ai.system_instructions"] = json.dumps([{"type": "text", "content": system}])
        with self.step(f"chat {model}", attributes, seconds, SpanKind.CLIENT):
            pass
        self.history.append(reply)

    def tool(
        self,
        name: str,
        arguments: object,
        result: object = None,
        error: tuple[str, str] | None = None,
        extra: Attributes | None = None,
        call_id: str = "",
    ) -> str:
        """A tool call, 20 to 900 ms long; `error` is (type, message). Returns the span id, for a retry to name."""
        call_id = call_id or self.make_id("call_")
        attributes: Attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.id": call_id,
            "gen_ai.tool.call.arguments": json.dumps(arguments),
            **(extra or {}),
        }
        if error is None:
            attributes["gen_ai.tool.call.result"] = json.dumps(result)
        with self.step(f"execute_tool {name}", attributes, self.rng.uniform(0.02, 0.9)) as span:
            if error is not None:
                fail_span(span, error, self.now)
        self.history.append(answer_tool(call_id, {"error": error[0]} if error else result))
        return trace.format_span_id(span.get_span_context().span_id)

    def retrieve(self, source: str, query: str, documents: Sequence[dict[str, object]]) -> None:
        """A look-up in a store of documents."""
        attributes: Attributes = {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.data_source.id": source,
            "gen_ai.retrieval.query.text": query,
            "gen_ai.retrieval.top_k": len(documents),
            "gen_ai.retrieval.documents": json.dumps(documents),
        }
        with self.step(f"retrieval {source}", attributes, self.rng.uniform(0.03, 0.25), SpanKind.CLIENT):
            pass

    def validate(self, rule: str, decision: str, reason: str) -> None:
        """A rule that allows, denies or escalates what the agent is about to do."""
        attributes: Attributes = {
            "runvault.step.type": "validator",
            "runvault.policy.rule": rule,
            "runvault.policy.decision": decision,
            "runvault.policy.reason": reason,
        }
        with self.step(f"validate {rule}", attributes, self.rng.uniform(0.002, 0.03)):
            pass

    def approve(self, what: str, approver: str, approved: bool, waited_minutes: float) -> None:
        """A person is asked; the span is as long as the wait."""
        attributes: Attributes = {
            "runvault.step.type": "approval",
            "runvault.approval.type": what,
            "runvault.approval.required": True,
            "runvault.approval.approved": approved,
            "runvault.approval.approver": approver,
            "runvault.review.minutes": 2.0,
        }
        with self.step(f"approval {what}", attributes, waited_minutes * 60):
            pass


def say_outcome(root: Span, status: str, reason: str) -> None:
    """Write on the root span how the run ended; a success must be said, it is never guessed."""
    root.set_attributes({"runvault.outcome.status": status, "runvault.outcome.reason": reason})


def fail_span(span: Span, error: tuple[str, str], at_ns: int) -> None:
    """Mark a span as failed with (error type, message), the way instrumentations record an exception."""
    error_type, message = error
    span.set_attribute("error.type", error_type)
    span.set_status(Status(StatusCode.ERROR, message))
    span.add_event("exception", {"exception.type": error_type, "exception.message": message}, at_ns)


def _parts(message: Message) -> list[dict[str, object]]:
    parts = message["parts"]
    return parts if isinstance(parts, list) else []
