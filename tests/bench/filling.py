"""A store of any size, made by the engine itself from numbers: spans of runs over some days, in all tables that answer.

Run `r` has its spans side by side in time; a run begins every `days / runs`. Half of the runs are of `default`, the
others of three tenants more.
"""

from dataclasses import dataclass

from schema.migrate import apply_migrations
from schema.store import Store

BEGIN = "2026-11-01 00:00:00"
BEGIN_MS = 1_793_491_200_000
DAY_MS = 86_400_000
DAYS = 30
TENANT = "default"
CHUNK = 1_000_000
"""Spans of one insert."""

_RUN = "intDiv(number * 2, 25)"
"""The run of a span: runs have 12 and 13 spans by turns, so that ten million spans are 800,000 runs."""


@dataclass(frozen=True, slots=True)
class Filling:
    """How many spans, over how many days; the runs follow."""

    spans: int
    days: int = DAYS

    @property
    def runs(self) -> int:
        """Number of runs."""
        return self.spans * 2 // 25

    @property
    def tenant_runs(self) -> range:
        """Numbers of the runs of `TENANT`."""
        return range(0, self.runs, 2)

    def fill(self, store: Store) -> None:
        """Make tables and rows. Chunks are whole runs."""
        apply_migrations(store)
        gap_us = self.days * DAY_MS * 1000 // self.runs
        for first in range(0, self.spans, CHUNK):
            arguments = {"first": first, "count": min(CHUNK, self.spans - first), "gap_us": gap_us}
            for sql in (_STEPS, _TRACES, _PAYLOADS, _RUNS):
                store.command(sql, arguments, tag="bench.fill")
        _close_days(store)


def _close_days(store: Store) -> None:
    """What the engine does three hours after a day's last span (migration 0010), at once; the last day stays open."""
    for row in store.query(_CLOSED, tag="bench.fill"):
        sql = f"OPTIMIZE TABLE {row['table']} PARTITION ID {{partition:String}} FINAL"
        store.command(sql, {"partition": row["id"]}, tag="bench.fill")


_CLOSED = """
SELECT DISTINCT table, partition_id AS id FROM system.parts
WHERE active AND database = currentDatabase() AND table IN ('steps', 'runs')
    AND partition NOT IN (SELECT max(partition) FROM system.parts WHERE active AND table = 'steps')
"""
_COMMON = f"""
    {_RUN} AS run, number - intDiv(25 * run + 1, 2) AS place,
    if(run % 2 = 0, '{TENANT}', concat('tenant-', toString(run % 3))) AS Tenant,
    'production' AS Environment, 'default' AS RetentionClass,
    toDateTime64('{BEGIN}', 9, 'UTC') + toIntervalMicrosecond(run * {{gap_us:UInt64}})
        + toIntervalMillisecond(1500 * place) AS Timestamp,
    toDate(Timestamp) AS Day, toDateTime64(Timestamp, 6) AS ReceivedAt,
    lower(hex(MD5(toString(run)))) AS TraceId,
    lower(hex(sipHash64(number))) AS SpanId
"""
_STEP = """
    multiIf(place = 0, 'agent', place % 3 = 0, 'tool_call', 'model_call') AS StepType,
    concat('workflow-', toString(intDiv(run, 2) % 12)) AS Workflow,
    concat('v', toString(intDiv(run, 2) % 3)) AS Version,
    concat('run-', toString(run)) AS RunId,
    if(place = 0, '', lower(hex(sipHash64(number - place)))) AS ParentSpanId,
    concat(StepType, ' ', toString(place)) AS SpanName,
    1000000 * toUInt64(if(place = 0, 15000 + sipHash64(number, 3) % 30000, 100 + sipHash64(number, 1) % 6000))
        AS Duration,
    if(sipHash64(number, 2) % 50 = 0, 'Error', 'Unset') AS StatusCode,
    if(StepType = 'model_call', ['gpt-4o-mini', 'gpt-4o', 'claude-sonnet-4-5'][sipHash64(run) % 3 + 1], '') AS Model,
    toUInt64(if(StepType = 'model_call', 400 + sipHash64(number, 5) % 3000, 0)) AS InputTokens,
    toUInt64(if(StepType = 'model_call', 50 + sipHash64(number, 6) % 400, 0)) AS OutputTokens,
    toDecimal64((InputTokens + 4 * OutputTokens) / 4e6, 12) AS ModelCostUsd,
    if(StepType = 'model_call', toFloat64(50 + sipHash64(number, 4) % 900), NULL) AS FirstTokenMs,
    if(place = 3, [concat('refund:re_', toString(run))], []) AS SideEffects
"""
_NUMBERS = "numbers({first:UInt64}, {count:UInt64})"
_STEPS = f"""
INSERT INTO steps (Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, Timestamp, ParentSpanId,
    SpanName, ServiceName, Duration, StatusCode, StepType, Model, InputTokens, OutputTokens, ModelCostUsd, FirstTokenMs,
    PriceStatus, ToolName, SideEffects, RunId, Agent, Workflow, Version, Depth, IsCall, IsCounted, AssembledAt)
SELECT Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, Timestamp, ParentSpanId, SpanName,
    'bench', Duration, StatusCode, StepType, Model, InputTokens, OutputTokens, ModelCostUsd, FirstTokenMs,
    if(Model = '', '', 'priced'), if(StepType = 'tool_call', concat('tool_', toString(place)), ''), SideEffects, RunId,
    'bench-agent', Workflow, Version, if(place = 0, 0, 1), 1, Model != '', 1
FROM (SELECT {_COMMON}, {_STEP} FROM {_NUMBERS})
"""
_TRACES = f"""
INSERT INTO otel_traces (Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, Timestamp,
    ParentSpanId, SpanName, SpanKind, ServiceName, SpanAttributes, Duration, StatusCode, StepType, Model, InputTokens,
    OutputTokens, ModelCostUsd)
SELECT Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, Timestamp, ParentSpanId, SpanName,
    'Client', 'bench', map('gen_ai.operation.name', StepType, 'gen_ai.conversation.id', TraceId), Duration, StatusCode,
    StepType, Model, InputTokens, OutputTokens, ModelCostUsd
FROM (SELECT {_COMMON}, {_STEP} FROM {_NUMBERS})
"""
_WORDS = "['agent','order','please','refund','the','customer','paid','twice','for','a','ticket','of','June','and']"
_TEXT = f"""arrayStringConcat(arrayMap(i -> {_WORDS}[sipHash64(number, i) %% 14 + 1], range(%d)), ' ')"""
_PAYLOADS = f"""
INSERT INTO span_payloads (Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, InputMessages,
    OutputMessages)
SELECT Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId,
    concat('[{{"role":"user","parts":[{{"type":"text","content":"', {_TEXT % 20}, '"}}]}}]'),
    concat('[{{"role":"assistant","parts":[{{"type":"text","content":"', {_TEXT % 10}, '"}}]}}]')
FROM (SELECT number, {_COMMON} FROM {_NUMBERS})
"""
_RUNS = f"""
INSERT INTO runs (Tenant, Environment, RetentionClass, Day, RunId, TraceIds, ServiceName, Agent, Workflow, Version,
    StartedAt, EndedAt, DurationMs, Models, Steps, ModelCalls, ToolCalls, InputTokens, OutputTokens, CostUsd,
    ModelCostUsd, SideEffects, OutcomeStatus, OutcomeSource, RootSeen, RefreshedAt)
SELECT Tenant, any(Environment), any(RetentionClass), min(Day), RunId, groupUniqArray(TraceId), 'bench', 'bench-agent',
    any(Workflow), any(Version), min(Timestamp), max(Timestamp + toIntervalNanosecond(Duration)), max(Duration) / 1e6,
    groupUniqArrayIf(Model, Model != ''), count(), countIf(StepType = 'model_call'), countIf(StepType = 'tool_call'),
    sum(InputTokens), sum(OutputTokens), sum(ModelCostUsd), sum(ModelCostUsd), groupUniqArrayArray(SideEffects),
    if(sipHash64(RunId) % 10 = 0, 'failure', 'success'), 'agent', 1, 1
FROM (SELECT {_COMMON}, {_STEP} FROM {_NUMBERS}) GROUP BY Tenant, RunId
"""
