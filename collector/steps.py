"""A step: what a span means, whichever dialect said it. Normalise turns each span into one."""

from dataclasses import dataclass, field
from decimal import Decimal

MODEL_CALL = "model_call"
TOOL_CALL = "tool_call"
RETRIEVAL = "retrieval"
AGENT = "agent"
WORKFLOW = "workflow"
EMBEDDING = "embedding"
RERANK = "rerank"
VALIDATOR = "validator"
APPROVAL = "approval"
HANDOFF = "handoff"
EVALUATION = "evaluation"
RETRY = "retry"
EVENT = "event"
OTHER = "other"
STEP_TYPES = frozenset(
    {
        MODEL_CALL, TOOL_CALL, RETRIEVAL, AGENT, WORKFLOW, EMBEDDING, RERANK,
        VALIDATOR, APPROVAL, HANDOFF, EVALUATION, RETRY, EVENT, OTHER,
    }
)  # fmt: skip


@dataclass(slots=True)
class Score:
    """One evaluation of a step."""

    name: str
    value: float | None = None
    label: str = ""
    explanation: str = ""


@dataclass(slots=True)
class Step:
    """Canonical fields of one span; empty text, 0 or None where the span does not say.

    Tokens follow OpenTelemetry 1.40: input includes cache reads and writes, output includes reasoning.
    Texts are raw here: the redactor comes after. `absorbed` names the attributes whose content moved whole into a
    canonical field, so that it is not kept twice.
    """

    dialect: str = ""
    step_type: str = OTHER
    run_id: str = ""
    session_id: str = ""
    user_id: str = ""
    customer_id: str = ""
    agent_name: str = ""
    agent_id: str = ""
    agent_version: str = ""
    workflow_name: str = ""
    workflow_version: str = ""
    prompt_version: str = ""
    provider: str = ""
    request_model: str = ""
    response_model: str = ""
    response_id: str = ""
    finish_reason: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    has_usage: bool = False
    cache_audio_tokens: int = 0
    service_tier: str = ""
    reported_cost_usd: Decimal | None = None
    first_token_ms: float | None = None
    error_type: str = ""
    has_failed: bool = False
    tool_name: str = ""
    tool_call_id: str = ""
    tool_schema_version: str = ""
    tool_cost_usd: Decimal | None = None
    retry_of: str = ""
    side_effects: list[str] = field(default_factory=list)
    policy_rule: str = ""
    policy_decision: str = ""
    policy_reason: str = ""
    approval_type: str = ""
    approval_required: bool | None = None
    approval_approved: bool | None = None
    approval_approver: str = ""
    review_minutes: float | None = None
    outcome_status: str = ""
    outcome_reason: str = ""
    budget_usd: float | None = None
    budget_steps: int | None = None
    budget_tool_calls: int | None = None
    budget_tokens: int | None = None
    scores: list[Score] = field(default_factory=list)
    # content, as JSON text where it has structure
    input_messages: str = ""
    output_messages: str = ""
    system_instructions: str = ""
    tool_arguments: str = ""
    tool_result: str = ""
    documents: str = ""
    absorbed: set[str] = field(default_factory=set)
