"""A store with a million spans of 100,000 runs, made by the engine itself in a few seconds."""

from schema.migrate import apply_migrations
from schema.store import Store

SPANS = 1_000_000
PER_RUN = 10
TENANT = "default"

# Made inside the engine from the row number n: run n / 10, step n % 10, a run every 25.92 s over 30 days, 12 workflows.
_COMMON = f"""
    '{TENANT}' AS Tenant, 'production' AS Environment, 'default' AS RetentionClass,
    toDateTime64('2026-11-01 00:00:00', 9, 'UTC') + toIntervalMillisecond(intDiv(number, 10) * 25920)
        + toIntervalMillisecond(1500 * (number % 10)) AS Timestamp,
    toDate(Timestamp) AS Day, now64(6) AS ReceivedAt,
    lower(hex(MD5(toString(intDiv(number, 10))))) AS TraceId,
    lower(hex(sipHash64(number))) AS SpanId
"""
_STEP = """
    number % 10 AS place,
    multiIf(place = 0, 'agent', place % 3 = 0, 'tool_call', 'model_call') AS StepType,
    concat('workflow-', toString(intDiv(number, 10) % 12)) AS Workflow,
    concat('v', toString(intDiv(number, 10) % 3)) AS Version,
    concat('run-', toString(intDiv(number, 10))) AS RunId,
    if(place = 0, '', lower(hex(sipHash64(number - place)))) AS ParentSpanId,
    concat(StepType, ' ', toString(place)) AS SpanName,
    1000000 * toUInt64(if(place = 0, 15000 + sipHash64(number, 3) % 30000, 100 + sipHash64(number, 1) % 6000))
        AS Duration,
    if(sipHash64(number, 2) % 50 = 0, 'Error', 'Unset') AS StatusCode,
    if(StepType = 'model_call', 'gpt-4o-mini', '') AS Model,
    toUInt64(if(StepType = 'model_call', 1200, 0)) AS InputTokens,
    toUInt64(if(StepType = 'model_call', 150, 0)) AS OutputTokens,
    toDecimal64(if(StepType = 'model_call', 0.00027, 0), 12) AS ModelCostUsd,
    if(StepType = 'model_call', toFloat64(50 + sipHash64(number, 4) % 900), NULL) AS FirstTokenMs
"""
_STEPS_SQL = f"""
INSERT INTO steps (Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, Timestamp, ParentSpanId,
    SpanName, ServiceName, Duration, StatusCode, StepType, Model, InputTokens, OutputTokens, ModelCostUsd, FirstTokenMs,
    PriceStatus, ToolName, RunId, Agent, Workflow, Version, Depth, IsCall, IsCounted, AssembledAt)
SELECT Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, Timestamp, ParentSpanId, SpanName,
    'bench', Duration, StatusCode, StepType, Model, InputTokens, OutputTokens, ModelCostUsd, FirstTokenMs,
    if(Model = '', '', 'priced'), if(StepType = 'tool_call', concat('tool_', toString(place)), ''), RunId,
    'bench-agent', Workflow, Version, if(place = 0, 0, 1), 1, Model != '', 1
FROM (SELECT {_COMMON}, {_STEP} FROM numbers({{first:UInt64}}, {{count:UInt64}}))
"""
_TRACES_SQL = f"""
INSERT INTO otel_traces (Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, Timestamp,
    ParentSpanId, SpanName, SpanKind, ServiceName, SpanAttributes, Duration, StatusCode, StepType, Model, InputTokens,
    OutputTokens, ModelCostUsd)
SELECT Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, Timestamp, ParentSpanId, SpanName,
    'Client', 'bench', map('gen_ai.operation.name', StepType, 'gen_ai.conversation.id', TraceId), Duration, StatusCode,
    StepType, Model, InputTokens, OutputTokens, ModelCostUsd
FROM (SELECT {_COMMON}, {_STEP} FROM numbers({{first:UInt64}}, {{count:UInt64}}))
"""
_PAYLOADS_SQL = f"""
INSERT INTO span_payloads (Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, InputMessages,
    OutputMessages)
SELECT Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId,
    concat('[{{"role":"user","parts":[{{"type":"text","content":"', repeat(SpanId, 100), '"}}]}}]'),
    concat('[{{"role":"assistant","parts":[{{"type":"text","content":"', repeat(TraceId, 30), '"}}]}}]')
FROM (SELECT {_COMMON} FROM numbers({{first:UInt64}}, {{count:UInt64}}))
"""
_RUNS_SQL = """
INSERT INTO runs (Tenant, Environment, RetentionClass, Day, RunId, TraceIds, ServiceName, Agent, Workflow, Version,
    StartedAt, EndedAt, DurationMs, Models, Steps, ModelCalls, ToolCalls, InputTokens, OutputTokens, CostUsd,
    ModelCostUsd, OutcomeStatus, OutcomeSource, RootSeen, RefreshedAt)
SELECT Tenant, any(Environment), any(RetentionClass), min(Day), RunId, groupUniqArray(TraceId), any(ServiceName),
    any(Agent), any(Workflow), any(Version), min(Timestamp), max(Timestamp + toIntervalNanosecond(Duration)),
    max(Duration) / 1e6, ['gpt-4o-mini'], count(), countIf(StepType = 'model_call'), countIf(StepType = 'tool_call'),
    sum(InputTokens), sum(OutputTokens), sum(ModelCostUsd), sum(ModelCostUsd),
    if(sipHash64(RunId) % 10 = 0, 'failure', 'success'), 'agent', 1, 1
FROM steps GROUP BY Tenant, RunId
"""


def fill_store(store: Store) -> None:
    """A million spans in steps, otel_traces and span_payloads, and their 100,000 runs."""
    apply_migrations(store)
    part = SPANS // 5
    for sql in (_STEPS_SQL, _TRACES_SQL, _PAYLOADS_SQL):
        for first in range(0, SPANS, part):
            store.command(sql, {"first": first, "count": part}, tag="bench.fill")
    store.command(_RUNS_SQL, tag="bench.fill")
