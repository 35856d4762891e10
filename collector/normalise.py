"""Spans become columns: the dialect's meaning, the price, and the texts, still raw. No value leaves this stage
but through the redactor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache

import orjson

from collector.dialects.reader import read_step
from collector.payload import LARGEST, list_events, split_attributes, to_text_map
from collector.pricing import PriceBook
from collector.rules import Rules
from collector.spans import Link, Resource, Span
from collector.steps import TOOL_CALL, Score, Step
from schema.batch import INPUT_COLUMNS, SpanBatch, TextMap
from schema.lifetimes import NEVER, RetentionPolicy, settle_lane

KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
STATUSES = ("Unset", "Ok", "Error")
_FAILED = STATUSES.index("Error")
NANOS_PER_DAY = 86_400 * 10**9
EPOCH = date(1970, 1, 1)

_ZERO = Decimal(0)
_LARGEST_COST = Decimal(999_999)
_SMALLEST_COST = Decimal("1e-12")


@dataclass(frozen=True)
class Context:
    """What a batch is normalised with: whose it is, when it came, and how to price and hash."""

    tenant: str
    received_at_us: int
    prices: PriceBook
    hash_input: Callable[[str, str], str]
    review_usd_per_hour: Decimal = _ZERO
    retention: RetentionPolicy = field(default_factory=RetentionPolicy)
    oldest_days: int = 400
    rules: Rules | None = None
    environment: str = ""
    """That of the sender's key, which stands whatever a span says; empty for a key of all environments."""

    @cached_property
    def received(self) -> date:
        """The UTC day on which the batch came."""
        return EPOCH + timedelta(days=self.received_at_us * 1000 // NANOS_PER_DAY)


@dataclass(slots=True)
class _Origin:
    """What all spans of one resource share, worked out once."""

    attributes: TextMap
    service: str
    version: str
    environment: str
    lane: str


def normalise_spans(spans: Sequence[Span], context: Context) -> SpanBatch:
    """One row per span, in `INPUT_COLUMNS`. Never raises for what a sender wrote."""
    origins: dict[int, _Origin] = {}
    scopes: dict[int, TextMap] = {}
    rows = []
    for span in spans:
        origin = origins.get(id(span.resource))
        if origin is None:
            origin = origins[id(span.resource)] = _read_origin(span.resource, context)
        scope_attributes = scopes.get(id(span.scope))
        if scope_attributes is None:
            scope_attributes = scopes[id(span.scope)] = to_text_map(span.scope.attributes)
        rows.append(_make_row(span, origin, scope_attributes, context))
    values = zip(*rows, strict=True) if rows else ([] for _ in INPUT_COLUMNS)
    return SpanBatch({name: list(column) for name, column in zip(INPUT_COLUMNS, values, strict=True)})


def read_environment(resource: Resource, context: Context) -> str:
    """Where it ran: as the key says, else by OpenTelemetry's name, its older one, Langfuse's or Codex's (dialects.md
    3.23). What the resource says otherwise is still there in its attributes.
    """
    if context.environment:
        return context.environment
    names = ("deployment.environment.name", "deployment.environment", "langfuse.environment")
    found = next((text for name in names if (text := resource.text(name))), "")
    return found or (resource.text("env") if resource.text("service.name").startswith("codex") else "")


def _read_origin(resource: Resource, context: Context) -> _Origin:
    environment = read_environment(resource, context)
    service = resource.text("service.name")
    # Gemini CLI tells the version of Node there (dialects.md 3.24)
    version = "" if service == "gemini-cli" else resource.text("service.version")
    return _Origin(
        attributes=to_text_map(resource.attributes),
        service=service,
        version=version or resource.text("langfuse.release"),
        environment=environment,
        lane=context.retention.lane(context.tenant, environment),
    )


def _make_row(span: Span, origin: _Origin, scope_attributes: TextMap, context: Context) -> tuple[object, ...]:
    rules = context.rules
    step = read_step(span, rules.map_attributes if rules is not None and rules.mapping else None)
    if rules is not None:
        rules.apply(step)
    price = context.prices.price(step, span.start_ns, context.tenant)
    attributes, payload = split_attributes(span.attributes, step.absorbed)
    start_ns, duration, day, skewed = read_clock(span, context)
    # the order is that of schema/columns.py, and a test holds the two together
    return (
        context.tenant, origin.environment, settle_lane(origin.lane, day, context.received), day,
        context.received_at_us, span.trace_id, span.span_id,
        start_ns, span.parent_span_id, span.trace_state, span.name,
        KINDS[span.kind] if 0 <= span.kind < len(KINDS) else KINDS[0],
        origin.service, origin.attributes, span.scope.name, span.scope.version, attributes, duration,
        STATUSES[span.status_code] if 0 <= span.status_code < len(STATUSES) else STATUSES[0], span.status_message,
        *(list_events(span.events, payload) if span.events else _NO_EVENTS),
        *(_list_links(span.links) if span.links else _NO_LINKS),
        scope_attributes,
        step.dialect, step.step_type, step.error_type, int(step.has_failed or span.status_code == _FAILED),
        step.run_id, step.session_id, step.user_id, step.customer_id,
        step.agent_name, step.agent_id, step.agent_version, step.workflow_name, step.workflow_version,
        origin.version, step.prompt_version,
        step.provider, step.response_model or step.request_model, step.request_model, step.response_id,
        step.finish_reason, step.service_tier,
        *(_count_tokens(step) if step.has_usage else _NO_TOKENS), step.first_token_ms,
        price.cost_usd, _to_money(step.tool_cost_usd), _price_review(step, context) if step.review_minutes else _ZERO,
        price.status, price.price_list,
        step.tool_name, step.tool_call_id, step.tool_schema_version,
        _hash_arguments(step, context) if step.tool_arguments else "", step.retry_of,
        step.side_effects,
        step.policy_rule, step.policy_decision, step.policy_reason, step.approval_type,
        to_flag(step.approval_required), to_flag(step.approval_approved), step.approval_approver,
        step.outcome_status, step.outcome_reason,
        step.budget_usd, step.budget_steps, step.budget_tool_calls, step.budget_tokens,
        *(_list_scores(step.scores) if step.scores else _NO_SCORES),
        step.input_messages, step.output_messages, step.system_instructions, step.tool_arguments, step.tool_result,
        step.documents, payload,
        skewed,
        "", "", "", 0,
    )  # fmt: skip


# Shared by all spans that have none: nobody after this stage changes a list in place.
_NO_EVENTS: tuple[list[object], ...] = ([], [], [])
_NO_LINKS: tuple[list[object], ...] = ([], [], [], [])
_NO_SCORES: tuple[list[object], ...] = ([], [], [], [])
_NO_TOKENS = (0,) * 9


def _list_links(links: Sequence[Link]) -> tuple[object, ...]:
    return (
        [link.trace_id for link in links],
        [link.span_id for link in links],
        [link.trace_state for link in links],
        [to_text_map(link.attributes) for link in links],
    )


def _list_scores(scores: Sequence[Score]) -> tuple[object, ...]:
    return (
        [score.name for score in scores],
        [score.value for score in scores],
        [score.label for score in scores],
        [score.explanation for score in scores],
    )


def _count_tokens(step: Step) -> tuple[int, ...]:
    counts = (
        step.input_tokens, step.output_tokens, step.cache_read_tokens, step.cache_write_tokens,
        step.cache_write_1h_tokens, step.reasoning_tokens, step.audio_input_tokens, step.audio_output_tokens,
        step.cache_audio_tokens,
    )  # fmt: skip
    return counts if min(counts) >= 0 and max(counts) <= LARGEST else tuple(min(max(n, 0), LARGEST) for n in counts)


def _price_review(step: Step, context: Context) -> Decimal:
    return _to_money(context.review_usd_per_hour * Decimal(step.review_minutes or 0) / 60)


def read_clock(span: Span, context: Context) -> tuple[int, int, date, int]:
    """Start (ns, within what the store can hold), duration (ns), day of the partition, and 1 if not believable.

    A span from 1970 or from the future is kept and flagged, but its day is `NEVER`, so that a broken clock neither
    makes a thousand partitions nor outlives its retention (which then counts from its reception: `settle_lane`).
    """
    start_ns, day, believable = read_start(span.start_ns, context)
    duration = min(max(span.end_ns - span.start_ns, 0), LARGEST - start_ns)  # the end must be a time too
    return start_ns, duration, day, int(not believable or span.end_ns < span.start_ns)


def read_start(time_ns: int, context: Context) -> tuple[int, date, bool]:
    """A time (ns) within what the store can hold, the day of its partition, and whether it can be believed."""
    start_ns = min(time_ns, LARGEST)
    now_ns = context.received_at_us * 1000
    believable = now_ns - context.oldest_days * NANOS_PER_DAY <= start_ns <= now_ns + NANOS_PER_DAY
    return start_ns, _find_day(start_ns // NANOS_PER_DAY) if believable else NEVER, believable


@lru_cache(maxsize=1024)
def _find_day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def _hash_arguments(step: Step, context: Context) -> str:
    """Keyed hash of the canonical JSON of the raw arguments: equal inputs are found although their text is redacted."""
    if step.step_type != TOOL_CALL:
        return ""
    try:
        document = orjson.loads(step.tool_arguments)
        canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        canonical = step.tool_arguments
    return context.hash_input(context.tenant, canonical)


def _to_money(value: Decimal | None) -> Decimal:
    """At most what Decimal(18, 12) holds; what is not a number or negative counts as nothing."""
    if not value or not value.is_finite() or value < 0:
        return _ZERO
    return min(value, _LARGEST_COST).quantize(_SMALLEST_COST)


def to_flag(value: bool | None) -> str:
    """What was said as true or false; empty where nothing was."""
    return "" if value is None else "true" if value else "false"
