"""Every column that travels from the collector to the store, declared once.

A batch of spans is columns (`schema/batch.py`); the journal writes them as one Arrow record batch, the loader
selects each table's part by `columns_of(table)`. The migrations repeat the ClickHouse types in SQL, and a test
holds both against each other.

`scan` tells the redactor's walker what a column holds: nothing that a sender chose (NONE), a text, a list of
texts, a map whose keys and values are texts, or a list of such maps.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

import pyarrow as pa


class Scan(Enum):
    """What of a column is the sender's text."""

    NONE = "none"
    TEXT = "text"
    TEXTS = "texts"
    MAP = "map"
    MAPS = "maps"


TRACES = "otel_traces"
PAYLOADS = "span_payloads"
STEPS = "steps"
SUPPLEMENTS = "span_supplements"
SEALED = "sealed_originals"
T, P, S, R = (TRACES,), (PAYLOADS,), (STEPS,), (SUPPLEMENTS,)
TS, PS, ALL = (TRACES, STEPS), (PAYLOADS, STEPS), (TRACES, PAYLOADS, STEPS)

TEXT_MAP = pa.map_(pa.string(), pa.string())
COUNT_MAP = pa.map_(pa.string(), pa.uint32())
MONEY = pa.decimal128(18, 12)
NANOS = pa.timestamp("ns", tz="UTC")
MICROS = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its ClickHouse type, its Arrow type, the tables it goes into and what the walker does with it."""

    name: str
    clickhouse: str
    arrow: pa.DataType
    tables: tuple[str, ...]
    scan: Scan
    meaning: str

    @property
    def empty(self) -> object:
        """What a span has there that says nothing of it."""
        if self.clickhouse.startswith("Nullable"):
            return None
        if pa.types.is_map(self.arrow):
            return {}
        if pa.types.is_list(self.arrow):
            return []
        if pa.types.is_string(self.arrow) or pa.types.is_binary(self.arrow):
            return "" if pa.types.is_string(self.arrow) else b""
        return Decimal(0) if pa.types.is_decimal(self.arrow) else 0


_LOW = "LowCardinality(String)"


def _low(name: str, tables: tuple[str, ...], meaning: str, scan: Scan = Scan.TEXT) -> Column:
    return Column(name, _LOW, pa.string(), tables, scan, meaning)


def _text(name: str, tables: tuple[str, ...], meaning: str, scan: Scan = Scan.TEXT) -> Column:
    return Column(name, "String", pa.string(), tables, scan, meaning)


def _count(name: str, tables: tuple[str, ...], meaning: str) -> Column:
    return Column(name, "UInt64", pa.uint64(), tables, Scan.NONE, meaning)


def _flag(name: str, tables: tuple[str, ...], meaning: str) -> Column:
    return Column(name, "UInt8", pa.uint8(), tables, Scan.NONE, meaning)


def _money(name: str, tables: tuple[str, ...], meaning: str) -> Column:
    return Column(name, "Decimal(18, 12)", MONEY, tables, Scan.NONE, meaning)


def _limit(name: str, meaning: str) -> Column:
    return Column(name, "Nullable(UInt64)", pa.uint64(), S, Scan.NONE, meaning)


NONE = Scan.NONE

# fmt: off
_DECLARED: tuple[Column, ...] = (
    # whose it is and how long it lives: on every row of every table
    _low("Tenant", ALL, "from the key, never from the span", NONE),
    _low("Environment", ALL, "the key's, else deployment.environment.name of the span"),
    _low("RetentionClass", ALL, "who shares its lifetimes: tenant/environment; part of the partition key", NONE),
    Column("Day", "Date", pa.date32(), ALL, NONE, "UTC day of Timestamp; 1970-01-01 when the clock is not believable"),
    Column("ReceivedAt", "DateTime64(6)", MICROS, ALL, NONE, "when the collector took the span in"),
    _text("TraceId", ALL, "32 hex digits", NONE),
    _text("SpanId", ALL, "16 hex digits", NONE),
    # the Collector's exporter's columns
    Column("Timestamp", "DateTime64(9)", NANOS, TS, NONE, "start of the span"),
    _text("ParentSpanId", TS, "16 hex digits, empty for a root", NONE),
    _text("TraceState", T, "W3C trace state"),
    _low("SpanName", TS, "name of the span"),
    _low("SpanKind", T, "Internal, Server, Client, Producer, Consumer or Unspecified", NONE),
    _low("ServiceName", TS, "resource service.name"),
    Column("ResourceAttributes", f"Map({_LOW}, String)", TEXT_MAP, T, Scan.MAP, "resource attributes as text"),
    _text("ScopeName", T, "instrumentation scope"),
    _text("ScopeVersion", T, "version of the instrumentation scope"),
    Column("SpanAttributes", f"Map({_LOW}, String)", TEXT_MAP, T, Scan.MAP, "span attributes, without payload text"),
    _count("Duration", TS, "nanoseconds"),
    _low("StatusCode", TS, "Unset, Ok or Error", NONE),
    _text("StatusMessage", T, "status message"),
    Column("Events.Timestamp", "Array(DateTime64(9))", pa.list_(NANOS), T, NONE, "event times"),
    Column("Events.Name", f"Array({_LOW})", pa.list_(pa.string()), T, Scan.TEXTS, "event names"),
    Column("Events.Attributes", f"Array(Map({_LOW}, String))", pa.list_(TEXT_MAP), T, Scan.MAPS, "event attributes"),
    Column("Links.TraceId", "Array(String)", pa.list_(pa.string()), T, NONE, "linked traces"),
    Column("Links.SpanId", "Array(String)", pa.list_(pa.string()), T, NONE, "linked spans"),
    Column("Links.TraceState", "Array(String)", pa.list_(pa.string()), T, Scan.TEXTS, "trace state of links"),
    Column("Links.Attributes", f"Array(Map({_LOW}, String))", pa.list_(TEXT_MAP), T, Scan.MAPS, "link attributes"),
    Column("ScopeAttributes", f"Map({_LOW}, String)", TEXT_MAP, T, Scan.MAP, "attributes of the scope"),
    # what kind of step it is, and who did it
    _low("Dialect", TS, "which dialect understood the span", NONE),
    _low("StepType", TS, "one of the step types of the contract", NONE),
    _low("ErrorType", S, "error.type, or the type of the exception"),
    _flag("SaysFailed", S, "1 when the span says that it failed, by its status or in its dialect's words"),
    _text("OwnRunId", S, "run id as this span says it, empty if it says none"),
    _text("SessionId", S, "conversation or session"),
    _text("UserId", S, "end user"),
    _text("CustomerId", S, "customer the work was for"),
    _low("AgentName", S, "agent as this span says it"),
    _text("AgentId", S, "agent id as this span says it"),
    _low("AgentVersion", S, "agent version as this span says it"),
    _low("WorkflowName", S, "workflow as this span says it"),
    _low("WorkflowVersion", S, "workflow version as this span says it"),
    _low("ServiceVersion", S, "resource service.version"),
    _low("PromptVersion", S, "prompt version"),
    # model calls
    _low("Provider", S, "model provider, in OpenTelemetry's spelling"),
    _low("Model", TS, "response model, or request model when the response names none"),
    _low("RequestModel", S, "model asked for"),
    _text("ResponseId", S, "id of the response, the strongest key for one call told twice"),
    _low("FinishReason", S, "stop, tool_call, length, content_filter, error or as sent"),
    _low("ServiceTier", S, "service tier that served the call, as sent: default, batch, flex, priority, …"),
    _count("InputTokens", TS, "input tokens, cached ones included once"),
    _count("OutputTokens", TS, "output tokens, reasoning included"),
    _count("CacheReadTokens", S, "part of the input read from a cache"),
    _count("CacheWriteTokens", S, "part of the input written to a cache"),
    _count("CacheWrite1hTokens", S, "part of what was written to a cache, for an hour"),
    _count("ReasoningTokens", S, "part of the output that is reasoning"),
    _count("AudioInputTokens", S, "part of the input that is audio"),
    _count("AudioOutputTokens", S, "part of the output that is audio"),
    _count("CacheAudioTokens", S, "part of the audio input read from a cache"),
    Column("FirstTokenMs", "Nullable(Float64)", pa.float64(), S, NONE, "time to the first token, ms"),
    _money("ModelCostUsd", TS, "price of the tokens; 0 unless PriceStatus says priced or reported"),
    _money("ToolCostUsd", S, "runvault.tool.cost_usd or the tool's price"),
    _money("ReviewCostUsd", S, "human review: minutes times rate"),
    _low("PriceStatus", S, "priced, reported, unpriced, no_usage, or empty for what has no price", NONE),
    _low("PriceList", S, "price list and version that priced the row", NONE),
    # tool calls
    _low("ToolName", S, "tool"),
    _text("ToolCallId", S, "id of the tool call"),
    _low("ToolSchemaVersion", S, "version of the tool's schema"),
    _text("InputHash", S, "keyed hash of the canonical raw arguments", NONE),
    _text("RetryOf", S, "span that this one tries again, as the agent says it"),
    Column("SideEffects", "Array(String)", pa.list_(pa.string()), S, Scan.TEXTS, "type:id of what changed outside"),
    # decisions of rules and people
    _low("PolicyRule", S, "rule that decided"),
    _low("PolicyDecision", S, "allow, deny or escalate"),
    _text("PolicyReason", S, "why"),
    _low("ApprovalType", S, "what was to be approved"),
    _low("ApprovalRequired", S, "true, false or empty", NONE),
    _low("ApprovalApproved", S, "true, false or empty", NONE),
    _text("ApprovalApprover", S, "who decided"),
    _low("OutcomeStatus", S, "outcome that this span claims"),
    _text("OutcomeReason", S, "why"),
    Column("BudgetUsd", "Nullable(Float64)", pa.float64(), S, NONE, "budget of the run, USD"),
    _limit("BudgetSteps", "budget of the run, steps"),
    _limit("BudgetToolCalls", "budget of the run, tool calls"),
    _limit("BudgetTokens", "budget of the run, tokens in and out"),
    Column("Scores.Name", "Array(String)", pa.list_(pa.string()), S, Scan.TEXTS, "evaluations: name"),
    Column("Scores.Value", "Array(Nullable(Float64))", pa.list_(pa.float64()), S, NONE, "evaluations: value"),
    Column("Scores.Label", "Array(String)", pa.list_(pa.string()), S, Scan.TEXTS, "evaluations: label"),
    Column("Scores.Explanation", "Array(String)", pa.list_(pa.string()), S, Scan.TEXTS, "evaluations: explanation"),
    # what was said: the payload table only
    _text("InputMessages", P, "messages in, one JSON list of {role, parts}"),
    _text("OutputMessages", P, "messages out, one JSON list of {role, parts}"),
    _text("SystemInstructions", P, "system instructions, one JSON list of parts"),
    _text("ToolArguments", P, "arguments of the tool call, JSON where it was JSON"),
    _text("ToolResult", P, "result of the tool call, JSON where it was JSON"),
    _text("Documents", P, "retrieved documents, one JSON list"),
    Column("PayloadAttributes", f"Map({_LOW}, String)", TEXT_MAP, P, Scan.MAP, "payload attributes under their keys"),
    # what the redactor did
    Column("RedactionFindings", f"Map({_LOW}, UInt32)", COUNT_MAP, TS, NONE, "findings per entity"),
    Column("RedactionFailed", "UInt32", pa.uint32(), TS, NONE, "values replaced because a detector failed"),
    Column("RedactionBytes", "UInt64", pa.uint64(), S, NONE, "bytes of text scanned"),
    _low("PolicyVersion", TS, "version of the redaction policy", NONE),
    Column("Sealed", "String", pa.binary(), (SEALED,), NONE, "the originals of all that was redacted, sealed; bytes"),
    _flag("ClockSkewed", TS, "1 when the span's clock is not believable"),
    # a row that is not a span but a log record about one: it goes into the supplements alone
    _text("RecordId", R, "keyed hash of the whole record, empty for a span", NONE),
    _low("RecordKind", R, "what the record tells: message, reply, details, evaluation, usage, …", NONE),
    _low("RecordTarget", R, "type of step that the record means, empty for the span it names", NONE),
    Column("RecordPosition", "UInt32", pa.uint32(), R, NONE, "place among records of one moment"),
)
# fmt: on
_SUPPLEMENTED = frozenset(
    """
    Tenant Environment RetentionClass Day ReceivedAt TraceId SpanId Timestamp Dialect ErrorType SaysFailed SessionId
    UserId AgentName Provider Model RequestModel ResponseId FinishReason InputTokens OutputTokens CacheReadTokens
    CacheWriteTokens ReasoningTokens AudioInputTokens AudioOutputTokens FirstTokenMs ModelCostUsd ToolName
    ToolCallId ApprovalType ApprovalRequired ApprovalApproved ApprovalApprover Scores.Name Scores.Value Scores.Label
    Scores.Explanation InputMessages OutputMessages SystemInstructions ToolArguments ToolResult RedactionFindings
    RedactionFailed PolicyVersion
    """.split()  # noqa: SIM905 - one word a line is forty lines
)
"""Columns of a span that a log record may tell too."""

_OF_A_SEAL = frozenset(
    {"Tenant", "Environment", "RetentionClass", "Day", "ReceivedAt", "TraceId", "SpanId", "RecordId"}
)
"""What a seal is found by. `Environment` is as it was redacted."""


def _list_tables(column: Column) -> tuple[str, ...]:
    supplements = (SUPPLEMENTS,) if column.name in _SUPPLEMENTED else ()
    return (*column.tables, *supplements, *((SEALED,) if column.name in _OF_A_SEAL else ()))


COLUMNS: tuple[Column, ...] = tuple(replace(column, tables=_list_tables(column)) for column in _DECLARED)

# fmt: off
RESOLVED: tuple[Column, ...] = (
    _text("RunId", S, "run of the step: said nearest above it, else the only one of the trace, else the trace", NONE),
    _low("Agent", S, "nearest agent above the step, else the run's, else the service", NONE),
    _low("Workflow", S, "the run's workflow, else its agent, else the name of its first span", NONE),
    _low("Version", S, "the run's workflow version, else its agent's, else the service's", NONE),
    Column("Depth", "UInt32", pa.uint32(), S, NONE, "how many spans are above"),
    _flag("IsOrphan", S, "1 when the parent is not there"),
    _flag("IsCall", S, "1 when the span stands for a call of its kind; 0 for a second span that tells the same one"),
    _flag("IsCounted", S, "1 when its tokens and model cost count"),
    _flag("IsRetry", S, "1 when it tries again what failed before it"),
    _flag("IsFailure", S, "1 for the deepest span of an error"),
    _flag("HasFailed", S, "1 when the call failed, whichever span of those that tell it said so"),
    _count("RepricedAt", S, "when it was priced anew, microseconds since 1970; 0 for the price it came with"),
    _text("Overlaid", S, "JSON {column: [said by the span, standing]} of what log records filled or corrected", NONE),
    _count("AssembledAt", S, "when the trace was put together, microseconds since 1970; the latest row stands"),
)
"""Columns of `steps` that the loader works out over the whole trace (collector/assemble.py)."""
# fmt: on

BY_NAME: dict[str, Column] = {column.name: column for column in (*COLUMNS, *RESOLVED)}
REDACTION_COLUMNS = ("RedactionFindings", "RedactionFailed", "RedactionBytes", "PolicyVersion", "Sealed")
"""Filled by the redactor's walker; absent from a batch that has not been redacted."""

JOURNAL_SCHEMA = pa.schema([pa.field(column.name, column.arrow) for column in COLUMNS])


def columns_of(table: str) -> list[str]:
    """Names of the columns that the loader writes into `table`, in declared order."""
    return [column.name for column in COLUMNS if table in column.tables]


PAYLOAD_COLUMNS = tuple(
    column.name for column in COLUMNS if PAYLOADS in column.tables and not {TRACES, STEPS} & set(column.tables)
)
"""What was said: the columns that stand in the payload table alone (of the spans' tables)."""
