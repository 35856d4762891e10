-- Log records about spans, runs that continue each other across a pause, and what both need.

-- One row per log record of a known dialect, kept beside the span it tells of: whichever arrives first, joining them
-- gives the same. JoinTraceId and JoinSpanId are the span it was found to belong to (collector/joining.py).
CREATE TABLE IF NOT EXISTS span_supplements {on_cluster}
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    ReceivedAt DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Dialect LowCardinality(String),
    ErrorType LowCardinality(String),
    SessionId String CODEC(ZSTD(1)),
    UserId String CODEC(ZSTD(1)),
    AgentName LowCardinality(String),
    Provider LowCardinality(String),
    Model LowCardinality(String),
    RequestModel LowCardinality(String),
    ResponseId String CODEC(ZSTD(1)),
    FinishReason LowCardinality(String),
    InputTokens UInt64 CODEC(ZSTD(1)),
    OutputTokens UInt64 CODEC(ZSTD(1)),
    CacheReadTokens UInt64 CODEC(ZSTD(1)),
    CacheWriteTokens UInt64 CODEC(ZSTD(1)),
    ReasoningTokens UInt64 CODEC(ZSTD(1)),
    AudioInputTokens UInt64 CODEC(ZSTD(1)),
    AudioOutputTokens UInt64 CODEC(ZSTD(1)),
    FirstTokenMs Nullable(Float64) CODEC(ZSTD(1)),
    ModelCostUsd Decimal(18, 12) CODEC(ZSTD(1)),
    ToolName LowCardinality(String),
    ToolCallId String CODEC(ZSTD(1)),
    ApprovalType LowCardinality(String),
    ApprovalRequired LowCardinality(String),
    ApprovalApproved LowCardinality(String),
    ApprovalApprover String CODEC(ZSTD(1)),
    Scores Nested
    (
        Name String,
        Value Nullable(Float64),
        Label String,
        Explanation String
    ) CODEC(ZSTD(1)),
    InputMessages String CODEC(ZSTD(3)),
    OutputMessages String CODEC(ZSTD(3)),
    SystemInstructions String CODEC(ZSTD(3)),
    ToolArguments String CODEC(ZSTD(3)),
    ToolResult String CODEC(ZSTD(3)),
    RedactionFindings Map(LowCardinality(String), UInt32) CODEC(ZSTD(1)),
    RedactionFailed UInt32 CODEC(ZSTD(1)),
    PolicyVersion LowCardinality(String),
    RecordId String CODEC(ZSTD(1)),
    RecordKind LowCardinality(String),
    RecordTarget LowCardinality(String),
    RecordPosition UInt32 CODEC(ZSTD(1)),
    JoinTraceId String CODEC(ZSTD(1)),
    JoinSpanId String CODEC(ZSTD(1)),
    JoinedAt UInt64 CODEC(ZSTD(1)),
    INDEX idx_session SessionId TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX idx_join JoinTraceId TYPE bloom_filter(0.001) GRANULARITY 4
)
ENGINE = {engine:ReplacingMergeTree:JoinedAt}
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId, RecordId)
SETTINGS index_granularity = 512, {dedup_window};

-- JSON of {column: [what the span said, what stands now]} for facts that log records filled or corrected.
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS Overlaid String CODEC(ZSTD(1)) AFTER AssembledAt;

-- Why the run stands still: "approval" after a question to a person, "tool" when its last model call asked for a tool
-- that it did not call. schema/queries/run_links.sql finds the run that goes on.
ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS Paused LowCardinality(String) AFTER PolicyVersion;

CREATE OR REPLACE VIEW steps_current {on_cluster} AS
SELECT * FROM steps FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW runs_current {on_cluster} AS
SELECT * FROM runs FINAL
WHERE IsDeleted = 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- What log records say of each span: messages in their order, or the list that one record holds whole.
CREATE VIEW IF NOT EXISTS supplement_payloads {on_cluster} AS
SELECT
    Tenant,
    SaidTraceId AS TraceId,
    SaidSpanId AS SpanId,
    if(SaidInput != '', concat('[', SaidInput, ']'), '') AS InputMessages,
    if(SaidOutput != '', concat('[', SaidOutput, ']'), '') AS OutputMessages,
    if(SaidSystem != '', concat('[', SaidSystem, ']'), '') AS SystemInstructions,
    SaidArguments AS ToolArguments,
    SaidResult AS ToolResult
FROM
(
    SELECT
        Tenant,
        JoinTraceId AS SaidTraceId,
        JoinSpanId AS SaidSpanId,
        argMinIf(said.InputMessages, (said.Timestamp, RecordPosition, RecordId),
            RecordKind = 'details' AND said.InputMessages != '') AS WholeInput,
        argMinIf(said.OutputMessages, (said.Timestamp, RecordPosition, RecordId),
            RecordKind = 'details' AND said.OutputMessages != '') AS WholeOutput,
        arraySort(groupArrayIf(((said.Timestamp, RecordPosition, RecordId), said.InputMessages),
            RecordKind != 'details' AND said.InputMessages != '')) AS Inputs,
        arraySort(groupArrayIf(((said.Timestamp, RecordPosition, RecordId), said.OutputMessages),
            RecordKind != 'details' AND said.OutputMessages != '')) AS Outputs,
        if(WholeInput != '', WholeInput, arrayStringConcat(Inputs.2, ',')) AS SaidInput,
        if(WholeOutput != '', WholeOutput, arrayStringConcat(Outputs.2, ',')) AS SaidOutput,
        argMinIf(said.SystemInstructions, (said.Timestamp, RecordPosition, RecordId),
            said.SystemInstructions != '') AS SaidSystem,
        argMinIf(said.ToolArguments, (said.Timestamp, RecordPosition, RecordId), said.ToolArguments != '')
            AS SaidArguments,
        argMinIf(said.ToolResult, (said.Timestamp, RecordPosition, RecordId), said.ToolResult != '') AS SaidResult
    FROM span_supplements AS said FINAL
    WHERE JoinSpanId != ''
    GROUP BY Tenant, JoinTraceId, JoinSpanId
)
SETTINGS do_not_merge_across_partitions_select_final = 1;
