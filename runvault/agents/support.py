"""The support agent: finds the right help article, answers, acts once in a while, or hands over to a person."""

from opentelemetry.trace import Span, SpanKind

from runvault.agents.customers import Customer, Planted, make_customer
from runvault.agents.recorder import SECOND, Attributes, Recorder, call_tool, say, say_outcome

AGENT = "support-agent"
WORKFLOW = "support"
STORIES = (
    "answered", "deflected", "escalated", "answered", "deflected", "answered",
    "answered", "deflected", "answered", "deflected", "answered", "escalated",
)  # fmt: skip
PROVIDER, MODEL = "openai", "gpt-4o-mini"
SYSTEM = "You answer customers from the help centre. If the articles do not help, open a ticket."
ARTICLE: dict[str, object] = {
    "id": "help-112",
    "score": 0.87,
    "content": "To sign in again, ask for a reset link. It is valid for 30 minutes.",
}


def run_support(recorder: Recorder, index: int) -> tuple[str, list[Planted]]:
    """Play run number `index`. Returns the outcome's status and the personal values that it planted."""
    story = STORIES[index % len(STORIES)]
    customer = make_customer(recorder.rng)
    question = f"I cannot sign in as {customer.email}. You can call me at {customer.phone}."
    recorder.history.append(say("user", question))
    attributes: Attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": AGENT,
        "gen_ai.agent.version": "2026.11",
        "gen_ai.conversation.id": recorder.make_id("conv_"),
        "gen_ai.prompt.name": "support-answer",
        "gen_ai.prompt.version": "14",
        "user.id": customer.email,  # many systems know their users by e-mail address
        "runvault.run.id": recorder.run_id,
        "runvault.workflow.name": WORKFLOW,
        "runvault.workflow.version": "1.0",
    }
    with recorder.step(f"invoke_agent {AGENT}", attributes, 0.01) as root:
        _search(recorder, question)
        status, reason = _answer(recorder, customer, story)
        _score(recorder, root, 0.55 if story == "escalated" else 0.92)
        say_outcome(root, status, reason)
    return status, [Planted("email", customer.email), Planted("phone", customer.phone)]


def _search(recorder: Recorder, question: str) -> None:
    attributes: Attributes = {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": PROVIDER,
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 24,
    }
    with recorder.step("embeddings text-embedding-3-small", attributes, 0.08, SpanKind.CLIENT):
        pass
    recorder.retrieve("help-centre", question, [ARTICLE])


def _answer(recorder: Recorder, customer: Customer, story: str) -> tuple[str, str]:
    """Answer, act or hand over. Returns outcome status and reason."""
    if story == "deflected":
        _chat(recorder, "Please ask for a reset link on the sign-in page; it is valid for 30 minutes.")
        return "deflected", "solved by a help article"
    tool = "send_reset_link" if story == "answered" else "open_ticket"
    arguments = {"email": customer.email, "phone": customer.phone}
    call_id = recorder.make_id("call_")
    _chat(recorder, call_tool(tool, call_id, arguments))
    if story == "answered":
        recorder.tool(tool, arguments, {"sent_to": customer.email}, call_id=call_id)
        _chat(recorder, f"I have sent a reset link to {customer.email}.")
        return "success", "reset link sent"
    ticket = recorder.make_id("tck_")
    effect: Attributes = {"runvault.side_effect.type": "ticket", "runvault.side_effect.id": ticket}
    recorder.tool(tool, arguments, {"ticket": ticket}, extra=effect, call_id=call_id)
    with recorder.step("handoff to second-line", {"runvault.step.type": "handoff"}, 0.02):
        pass
    _chat(recorder, f"I have opened a ticket; a colleague will call {customer.phone}.")
    return "escalated", "no article helped"


def _chat(recorder: Recorder, reply: str | dict[str, object]) -> None:
    rng = recorder.rng
    message = say("assistant", reply) if isinstance(reply, str) else reply
    tokens = (rng.randint(700, 1200), rng.choice((0, 512)), rng.randint(40, 110))
    recorder.chat(PROVIDER, MODEL, message, tokens, rng.uniform(0.4, 2.2), SYSTEM)


def _score(recorder: Recorder, root: Span, value: float) -> None:
    """An evaluation of the answer, as the GenAI conventions write it: an event on the span it judges."""
    score: Attributes = {"gen_ai.evaluation.name": "groundedness", "gen_ai.evaluation.score.value": value}
    root.add_event("gen_ai.evaluation.result", score, recorder.now + SECOND // 1000)
