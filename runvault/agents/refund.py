"""The refund agent: looks up the order, asks the policy, sometimes a person, and pays the money back."""

from dataclasses import dataclass

from opentelemetry.trace import Span, Status, StatusCode

from runvault.agents.customers import Customer, Planted, make_api_key, make_customer
from runvault.agents.recorder import Attributes, Recorder, call_tool, say, say_outcome

AGENT = "refund-agent"
WORKFLOW = "refund"
STORIES = (
    "paid", "approved", "retried", "denied", "paid", "failed",
    "paid", "approved", "refused", "paid", "retried", "paid",
)  # fmt: skip
PROVIDER, MODEL = "openai", "gpt-4.1-mini"
SYSTEM = "You handle refunds for an online shop. Check the policy first. Never pay back more than the order's total."
APPROVER = "lead.refunds@example.com"


@dataclass(frozen=True, slots=True)
class _Case:
    customer: Customer
    order: str
    amount: float
    key: str


def run_refund(recorder: Recorder, index: int) -> tuple[str, list[Planted]]:
    """Play run number `index`. Returns the outcome's status and the personal values that it planted."""
    story = STORIES[index % len(STORIES)]
    rng = recorder.rng
    dear = story in ("approved", "refused")
    amount = round(rng.uniform(110, 400) if dear else rng.uniform(12, 95), 2)
    case = _Case(make_customer(rng), f"ORD-{rng.randint(10000, 99999)}", amount, make_api_key(rng))
    request = (
        f"Order {case.order} arrived broken, please refund ${amount}. "
        f"I am {case.customer.email}, phone {case.customer.phone}, paid with card {case.customer.card}."
    )
    recorder.history.append(say("user", request))
    attributes: Attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": AGENT,
        "gen_ai.conversation.id": recorder.make_id("conv_"),
        "user.id": case.customer.user_id,
        "runvault.run.id": recorder.run_id,
        "runvault.workflow.name": WORKFLOW,
        "runvault.workflow.version": "3.2",
        "runvault.budget.usd": 0.25,
    }
    with recorder.step(f"invoke_agent {AGENT}", attributes, 0.01) as root:
        _look_up(recorder, case)
        status, reason = _decide(recorder, case, story, root)
        say_outcome(root, status, reason)
    customer = case.customer
    planted = [Planted("email", customer.email), Planted("phone", customer.phone), Planted("card", customer.card)]
    if story != "denied":
        planted.append(Planted("iban", customer.iban))
    if story in ("retried", "failed"):
        planted.append(Planted("api_key", case.key))
    if dear:
        planted.append(Planted("email", APPROVER))
    return status, planted


def _look_up(recorder: Recorder, case: _Case) -> None:
    rng = recorder.rng
    call_id = recorder.make_id("call_")
    ask = call_tool("lookup_order", call_id, {"order_id": case.order, "email": case.customer.email})
    tokens = (rng.randint(600, 900), 512, rng.randint(30, 60))
    recorder.chat(PROVIDER, MODEL, ask, tokens, rng.uniform(0.4, 1.6), SYSTEM)
    recorder.tool(
        "lookup_order",
        {"order_id": case.order, "email": case.customer.email},
        {"order_id": case.order, "total_usd": case.amount, "email": case.customer.email, "card": case.customer.card},
        call_id=call_id,
    )
    recorder.retrieve(
        "refund-policy",
        "refund for goods that arrived broken",
        [{"id": "policy-7", "score": 0.91, "content": "Broken goods are refunded in full within 30 days of delivery."}],
    )


def _decide(recorder: Recorder, case: _Case, story: str, root: Span) -> tuple[str, str]:
    """Ask the policy and, for dear orders, a person; then pay. Returns outcome status and reason."""
    if story == "denied":
        recorder.validate("refund_window", "deny", "delivered more than 30 days ago")
        _conclude(recorder, "The order is outside the refund window. A colleague will look at it.")
        return "escalated", "policy denied the refund"
    recorder.validate("refund_window", "allow", "delivered within 30 days")
    if case.amount > 100:
        recorder.validate("refund_limit", "escalate", "above 100 USD a person decides")
        recorder.approve("refund", APPROVER, story == "approved", recorder.rng.uniform(2, 14))
    if story == "refused":
        _conclude(recorder, f"The refund to {case.customer.iban} was not approved.")
        return "cancelled", "approver said no"
    if not _pay(recorder, case, story):
        root.set_status(Status(StatusCode.ERROR, "refund could not be paid"))
        return "failure", "payment API refused twice"
    _conclude(recorder, f"Done: ${case.amount} go back to {case.customer.iban}. A receipt is on its way to you.")
    return "success", "refund paid"


def _pay(recorder: Recorder, case: _Case, story: str) -> bool:
    """Call the payment API, once more when it fails; the second span names the first in `runvault.retry.of`."""
    rng = recorder.rng
    call_id = recorder.make_id("call_")
    arguments = {"order_id": case.order, "amount_usd": case.amount, "iban": case.customer.iban}
    ask = call_tool("issue_refund", call_id, arguments)
    recorder.chat(PROVIDER, MODEL, ask, (rng.randint(1300, 1900), 1024, rng.randint(40, 80)), rng.uniform(0.6, 2.5))
    error = ("PaymentApiError", f"503 from payments.example.com, request signed with {case.key}")
    cost: Attributes = {"runvault.tool.cost_usd": 0.03}
    if story in ("retried", "failed"):
        failed = recorder.tool("issue_refund", arguments, error=error, extra=cost, call_id=call_id)
        cost |= {"runvault.retry.of": failed}
        call_id = recorder.make_id("call_")
    if story == "failed":
        recorder.tool("issue_refund", arguments, error=error, extra=cost, call_id=call_id)
        return False
    refund_id = recorder.make_id("re_")
    effect: Attributes = {"runvault.side_effect.type": "refund", "runvault.side_effect.id": refund_id}
    result = {"refund_id": refund_id, "status": "succeeded"}
    recorder.tool("issue_refund", arguments, result, extra=cost | effect, call_id=call_id)
    return True


def _conclude(recorder: Recorder, text: str) -> None:
    rng = recorder.rng
    tokens = (rng.randint(1900, 2400), 1536, rng.randint(50, 120))
    recorder.chat(PROVIDER, MODEL, say("assistant", text), tokens, rng.uniform(0.5, 2))
