-- the table of migrations

CREATE TABLE IF NOT EXISTS schema_migrations_local ON CLUSTER 'runvault'
(
    Version UInt32,
    Name String,
    Checksum String,
    AppliedAt DateTime
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/schema_migrations_local', '{replica}')
ORDER BY Version;

CREATE TABLE IF NOT EXISTS schema_migrations ON CLUSTER 'runvault' AS schema_migrations_local
ENGINE = Distributed('runvault', currentDatabase(), 'schema_migrations_local', Version);

-- whose turn it is to migrate

CREATE TABLE IF NOT EXISTS migration_leases_local ON CLUSTER 'runvault'
(
    Number UInt64,
    Holder String,
    SeenAt DateTime64(3) DEFAULT now64(3),
    IsOver UInt8
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/migration_leases_local', '{replica}')
ORDER BY Number
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS migration_leases ON CLUSTER 'runvault' AS migration_leases_local
ENGINE = Distributed('runvault', currentDatabase(), 'migration_leases_local', Number);

-- 0001_spans

CREATE TABLE IF NOT EXISTS otel_traces_local ON CLUSTER 'runvault'
(
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested
    (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    Links Nested
    (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    ReceivedAt DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    Dialect LowCardinality(String),
    StepType LowCardinality(String),
    Model LowCardinality(String),
    InputTokens UInt64 CODEC(ZSTD(1)),
    OutputTokens UInt64 CODEC(ZSTD(1)),
    ModelCostUsd Decimal(18, 12) CODEC(ZSTD(1)),
    RedactionFindings Map(LowCardinality(String), UInt32) CODEC(ZSTD(1)),
    RedactionFailed UInt32 CODEC(ZSTD(1)),
    PolicyVersion LowCardinality(String),
    ClockSkewed UInt8,
    INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 1,
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/otel_traces_local', '{replica}')
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, toStartOfHour(Timestamp), TraceId, SpanId)
SETTINGS index_granularity = 2048, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS otel_traces ON CLUSTER 'runvault' AS otel_traces_local
ENGINE = Distributed('runvault', currentDatabase(), 'otel_traces_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS span_payloads_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    ReceivedAt DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    InputMessages String CODEC(ZSTD(1)),
    OutputMessages String CODEC(ZSTD(1)),
    SystemInstructions String CODEC(ZSTD(1)),
    ToolArguments String CODEC(ZSTD(1)),
    ToolResult String CODEC(ZSTD(1)),
    Documents String CODEC(ZSTD(1)),
    PayloadAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/span_payloads_local', '{replica}')
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId)
SETTINGS index_granularity = 512, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS span_payloads ON CLUSTER 'runvault' AS span_payloads_local
ENGINE = Distributed('runvault', currentDatabase(), 'span_payloads_local', cityHash64(TraceId));

-- 0002_runs

CREATE TABLE IF NOT EXISTS steps_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    ReceivedAt DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    SpanName LowCardinality(String),
    ServiceName LowCardinality(String),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String),
    Dialect LowCardinality(String),
    StepType LowCardinality(String),
    ErrorType LowCardinality(String),
    OwnRunId String CODEC(ZSTD(1)),
    SessionId String CODEC(ZSTD(1)),
    UserId String CODEC(ZSTD(1)),
    CustomerId String CODEC(ZSTD(1)),
    AgentName LowCardinality(String),
    AgentId String CODEC(ZSTD(1)),
    AgentVersion LowCardinality(String),
    WorkflowName LowCardinality(String),
    WorkflowVersion LowCardinality(String),
    ServiceVersion LowCardinality(String),
    PromptVersion LowCardinality(String),
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
    ToolCostUsd Decimal(18, 12) CODEC(ZSTD(1)),
    ReviewCostUsd Decimal(18, 12) CODEC(ZSTD(1)),
    PriceStatus LowCardinality(String),
    PriceList LowCardinality(String),
    ToolName LowCardinality(String),
    ToolCallId String CODEC(ZSTD(1)),
    ToolSchemaVersion LowCardinality(String),
    InputHash String CODEC(ZSTD(1)),
    RetryOf String CODEC(ZSTD(1)),
    SideEffects Array(String) CODEC(ZSTD(1)),
    PolicyRule LowCardinality(String),
    PolicyDecision LowCardinality(String),
    PolicyReason String CODEC(ZSTD(1)),
    ApprovalType LowCardinality(String),
    ApprovalRequired LowCardinality(String),
    ApprovalApproved LowCardinality(String),
    ApprovalApprover String CODEC(ZSTD(1)),
    OutcomeStatus LowCardinality(String),
    OutcomeReason String CODEC(ZSTD(1)),
    BudgetUsd Nullable(Float64) CODEC(ZSTD(1)),
    Scores Nested
    (
        Name String,
        Value Nullable(Float64),
        Label String,
        Explanation String
    ) CODEC(ZSTD(1)),
    RedactionFindings Map(LowCardinality(String), UInt32) CODEC(ZSTD(1)),
    RedactionFailed UInt32 CODEC(ZSTD(1)),
    RedactionBytes UInt64 CODEC(ZSTD(1)),
    PolicyVersion LowCardinality(String),
    ClockSkewed UInt8,
    RunId String CODEC(ZSTD(1)),
    Agent LowCardinality(String),
    Workflow LowCardinality(String),
    Version LowCardinality(String),
    Depth UInt32 CODEC(ZSTD(1)),
    IsOrphan UInt8,
    IsCall UInt8,
    IsCounted UInt8,
    IsRetry UInt8,
    IsFailure UInt8,
    AssembledAt UInt64 CODEC(ZSTD(1)),
    INDEX idx_run_id RunId TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 4,
    INDEX idx_side_effects SideEffects TYPE bloom_filter(0.001) GRANULARITY 4
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/steps_local', '{replica}', AssembledAt)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId)
SETTINGS index_granularity = 256, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS steps ON CLUSTER 'runvault' AS steps_local
ENGINE = Distributed('runvault', currentDatabase(), 'steps_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS trace_days_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    TraceHash UInt64,
    Day Date
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/trace_days_local', '{replica}')
PARTITION BY toYYYYMM(Day)
ORDER BY (Tenant, TraceHash, Day)
SETTINGS index_granularity = 64, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS trace_days ON CLUSTER 'runvault' AS trace_days_local
ENGINE = Distributed('runvault', currentDatabase(), 'trace_days_local', TraceHash);

CREATE MATERIALIZED VIEW IF NOT EXISTS trace_days_mv ON CLUSTER 'runvault' TO trace_days_local AS
SELECT DISTINCT Tenant, cityHash64(TraceId) AS TraceHash, Day
FROM steps_local;

CREATE TABLE IF NOT EXISTS runs_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    RunId String CODEC(ZSTD(1)),
    TraceIds Array(String) CODEC(ZSTD(1)),
    SessionId String CODEC(ZSTD(1)),
    UserId String CODEC(ZSTD(1)),
    CustomerId String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String),
    Agent LowCardinality(String),
    AgentId String CODEC(ZSTD(1)),
    AgentVersion LowCardinality(String),
    Workflow LowCardinality(String),
    Version LowCardinality(String),
    PromptVersion LowCardinality(String),
    StartedAt DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    EndedAt DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    DurationMs Float64 CODEC(ZSTD(1)),
    Models Array(String) CODEC(ZSTD(1)),
    Tools Array(String) CODEC(ZSTD(1)),
    Steps UInt32 CODEC(ZSTD(1)),
    ModelCalls UInt32 CODEC(ZSTD(1)),
    FailedModelCalls UInt32 CODEC(ZSTD(1)),
    ToolCalls UInt32 CODEC(ZSTD(1)),
    FailedToolCalls UInt32 CODEC(ZSTD(1)),
    Retries UInt32 CODEC(ZSTD(1)),
    Errors UInt32 CODEC(ZSTD(1)),
    Approvals UInt32 CODEC(ZSTD(1)),
    ApprovalWaitMs Float64 CODEC(ZSTD(1)),
    PolicyViolations UInt32 CODEC(ZSTD(1)),
    InputTokens UInt64 CODEC(ZSTD(1)),
    OutputTokens UInt64 CODEC(ZSTD(1)),
    CacheReadTokens UInt64 CODEC(ZSTD(1)),
    CacheWriteTokens UInt64 CODEC(ZSTD(1)),
    ReasoningTokens UInt64 CODEC(ZSTD(1)),
    EmbeddingCalls UInt32 CODEC(ZSTD(1)),
    EmbeddingTokens UInt64 CODEC(ZSTD(1)),
    CostUsd Decimal(38, 12) CODEC(ZSTD(1)),
    ModelCostUsd Decimal(38, 12) CODEC(ZSTD(1)),
    ToolCostUsd Decimal(38, 12) CODEC(ZSTD(1)),
    ReviewCostUsd Decimal(38, 12) CODEC(ZSTD(1)),
    PriceLists Array(String) CODEC(ZSTD(1)),
    UnpricedModels Array(String) CODEC(ZSTD(1)),
    BudgetUsd Nullable(Float64) CODEC(ZSTD(1)),
    BudgetBreached UInt8,
    SideEffects Array(String) CODEC(ZSTD(1)),
    RootStatus LowCardinality(String),
    ClaimedStatus LowCardinality(String),
    OutcomeStatus LowCardinality(String),
    OutcomeReason String CODEC(ZSTD(1)),
    OutcomeSource LowCardinality(String),
    OutcomeAt Nullable(DateTime64(6)) CODEC(ZSTD(1)),
    RootSeen UInt8,
    OrphanSpans UInt32 CODEC(ZSTD(1)),
    LateSpans UInt32 CODEC(ZSTD(1)),
    Findings Map(LowCardinality(String), UInt64) CODEC(ZSTD(1)),
    FailedClosed UInt32 CODEC(ZSTD(1)),
    PolicyVersion LowCardinality(String),
    RefreshedAt UInt64 CODEC(ZSTD(1)),
    IsDeleted UInt8,
    INDEX idx_started_at StartedAt TYPE minmax GRANULARITY 4,
    INDEX idx_trace_ids TraceIds TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX idx_side_effects SideEffects TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX idx_session SessionId TYPE bloom_filter(0.001) GRANULARITY 4
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/runs_local', '{replica}', RefreshedAt, IsDeleted)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId)
SETTINGS index_granularity = 512, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS runs ON CLUSTER 'runvault' AS runs_local
ENGINE = Distributed('runvault', currentDatabase(), 'runs_local', cityHash64(RunId));

CREATE TABLE IF NOT EXISTS outcomes_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    RunId String CODEC(ZSTD(1)),
    OutcomeId UUID,
    Status LowCardinality(String),
    Reason String CODEC(ZSTD(1)),
    Source LowCardinality(String),
    At DateTime64(6),
    ValueUsd Nullable(Float64),
    RecordedAt DateTime64(6)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/outcomes_local', '{replica}')
PARTITION BY toYYYYMM(RecordedAt)
ORDER BY (Tenant, RunId, At, OutcomeId)
SETTINGS index_granularity = 512, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS outcomes ON CLUSTER 'runvault' AS outcomes_local
ENGINE = Distributed('runvault', currentDatabase(), 'outcomes_local', cityHash64(RunId));

-- 0003_views

CREATE VIEW IF NOT EXISTS steps_current_local ON CLUSTER 'runvault' AS
SELECT * FROM steps_local FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS steps_current ON CLUSTER 'runvault' AS steps_current_local
ENGINE = Distributed('runvault', currentDatabase(), 'steps_current_local', cityHash64(TraceId));

CREATE VIEW IF NOT EXISTS runs_current_local ON CLUSTER 'runvault' AS
SELECT * FROM runs_local FINAL
WHERE IsDeleted = 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS runs_current ON CLUSTER 'runvault' AS runs_current_local
ENGINE = Distributed('runvault', currentDatabase(), 'runs_current_local', cityHash64(RunId));

CREATE VIEW IF NOT EXISTS otel_traces_trace_id_ts ON CLUSTER 'runvault' AS
SELECT
    Tenant,
    TraceId,
    toDateTime(min(Timestamp)) AS Start,
    toDateTime(max(Timestamp + toIntervalNanosecond(Duration))) AS End
FROM steps
GROUP BY Tenant, TraceId;

CREATE VIEW IF NOT EXISTS cost_per_outcome ON CLUSTER 'runvault' AS
SELECT
    Tenant,
    Environment,
    Workflow,
    Version,
    toDate(StartedAt) AS Date,
    count() AS Runs,
    countIf(OutcomeStatus = 'success') AS Successes,
    countIf(OutcomeStatus = 'failure') AS Failures,
    countIf(OutcomeStatus = 'escalated') AS Escalations,
    countIf(OutcomeStatus = 'deflected') AS Deflections,
    sum(CostUsd) AS TotalUsd,
    sum(ModelCostUsd) AS ModelUsd,
    sum(ToolCostUsd) AS ToolUsd,
    sum(ReviewCostUsd) AS ReviewUsd,
    sumIf(CostUsd, OutcomeStatus IN ('failure', 'cancelled', 'escalated')) AS WastedUsd,
    if(Successes = 0, NULL, toFloat64(TotalUsd) / Successes) AS CostPerSuccessUsd,
    countIf(notEmpty(UnpricedModels)) AS UnpricedRuns
FROM runs_current
GROUP BY Tenant, Environment, Workflow, Version, Date;

CREATE VIEW IF NOT EXISTS step_latency ON CLUSTER 'runvault' AS
SELECT
    Tenant,
    Environment,
    Workflow,
    Version,
    StepType,
    Model,
    ToolName,
    toDate(Timestamp) AS Date,
    count() AS Steps,
    countIf(StatusCode = 'Error') AS Errors,
    quantileExact(0.5)(Duration) / 1e6 AS P50Ms,
    quantileExact(0.95)(Duration) / 1e6 AS P95Ms,
    quantileExact(0.99)(Duration) / 1e6 AS P99Ms
FROM steps_current
WHERE IsCall = 1
GROUP BY Tenant, Environment, Workflow, Version, StepType, Model, ToolName, Date;

-- 0004_supplements

CREATE TABLE IF NOT EXISTS span_supplements_local ON CLUSTER 'runvault'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/span_supplements_local', '{replica}', JoinedAt)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId, RecordId)
SETTINGS index_granularity = 512, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS span_supplements ON CLUSTER 'runvault' AS span_supplements_local
ENGINE = Distributed('runvault', currentDatabase(), 'span_supplements_local', cityHash64(TraceId));

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS Overlaid String CODEC(ZSTD(1)) AFTER AssembledAt;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS Overlaid String CODEC(ZSTD(1)) AFTER AssembledAt;

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS Paused LowCardinality(String) AFTER PolicyVersion;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS Paused LowCardinality(String) AFTER PolicyVersion;

CREATE OR REPLACE VIEW steps_current_local ON CLUSTER 'runvault' AS
SELECT * FROM steps_local FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE TABLE steps_current ON CLUSTER 'runvault' AS steps_current_local
ENGINE = Distributed('runvault', currentDatabase(), 'steps_current_local', cityHash64(TraceId));

CREATE OR REPLACE VIEW runs_current_local ON CLUSTER 'runvault' AS
SELECT * FROM runs_local FINAL
WHERE IsDeleted = 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE TABLE runs_current ON CLUSTER 'runvault' AS runs_current_local
ENGINE = Distributed('runvault', currentDatabase(), 'runs_current_local', cityHash64(RunId));

CREATE VIEW IF NOT EXISTS supplement_payloads ON CLUSTER 'runvault' AS
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

-- 0005_payload_blocks

ALTER TABLE span_payloads_local ON CLUSTER 'runvault' MODIFY SETTING min_compress_block_size = 1048576, max_compress_block_size = 1048576;

ALTER TABLE span_payloads_local ON CLUSTER 'runvault'
    MODIFY COLUMN InputMessages CODEC(ZSTD(2)),
    MODIFY COLUMN OutputMessages CODEC(ZSTD(2)),
    MODIFY COLUMN SystemInstructions CODEC(ZSTD(2)),
    MODIFY COLUMN ToolArguments CODEC(ZSTD(2)),
    MODIFY COLUMN ToolResult CODEC(ZSTD(2)),
    MODIFY COLUMN Documents CODEC(ZSTD(2)),
    MODIFY COLUMN PayloadAttributes CODEC(ZSTD(2));

-- 0006_audit

CREATE TABLE IF NOT EXISTS audit_entries_local ON CLUSTER 'runvault'
(
    Day Date,
    Chain LowCardinality(String),
    Seq UInt64 CODEC(Delta(8), ZSTD(1)),
    At DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    KeyId LowCardinality(String),
    Address String CODEC(ZSTD(1)),
    Action LowCardinality(String),
    Object String CODEC(ZSTD(1)),
    Reason String CODEC(ZSTD(1)),
    Detail String CODEC(ZSTD(1)),
    Previous String CODEC(ZSTD(1)),
    Hash String CODEC(ZSTD(1)),
    INDEX idx_at At TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/audit_entries_local', '{replica}')
PARTITION BY toYYYYMM(Day)
ORDER BY (Chain, Seq)
SETTINGS index_granularity = 2048, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS audit_entries ON CLUSTER 'runvault' AS audit_entries_local
ENGINE = Distributed('runvault', currentDatabase(), 'audit_entries_local', cityHash64(Chain));

CREATE OR REPLACE VIEW supplement_payloads ON CLUSTER 'runvault' AS
SELECT
    Tenant,
    Environment,
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
        any(said.Environment) AS Environment,
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

-- 0007_retention

CREATE TABLE IF NOT EXISTS outcomes_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    RunId String CODEC(ZSTD(1)),
    OutcomeId UUID,
    Status LowCardinality(String),
    Reason String CODEC(ZSTD(1)),
    Source LowCardinality(String),
    At DateTime64(6),
    ValueUsd Nullable(Float64),
    RecordedAt DateTime64(6)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/outcomes_local', '{replica}')
PARTITION BY toYYYYMM(RecordedAt)
ORDER BY (Tenant, RunId, At, OutcomeId)
SETTINGS index_granularity = 512, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS outcomes ON CLUSTER 'runvault' AS outcomes_local
ENGINE = Distributed('runvault', currentDatabase(), 'outcomes_local', cityHash64(RunId));

CREATE TABLE IF NOT EXISTS outcomes_by_day_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    RunId String CODEC(ZSTD(1)),
    OutcomeId UUID,
    Status LowCardinality(String),
    Reason String CODEC(ZSTD(1)),
    Source LowCardinality(String),
    At DateTime64(6),
    ValueUsd Nullable(Float64),
    RecordedAt DateTime64(6)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/outcomes_by_day_local', '{replica}')
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId, At, OutcomeId)
SETTINGS index_granularity = 512, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS outcomes_by_day ON CLUSTER 'runvault' AS outcomes_by_day_local
ENGINE = Distributed('runvault', currentDatabase(), 'outcomes_by_day_local', cityHash64(RunId));

INSERT INTO outcomes_by_day (Tenant, Environment, RetentionClass, Day, RunId, OutcomeId, Status, Reason, Source, At,
    ValueUsd, RecordedAt)
SELECT said.Tenant, run.Environment, if(run.RunId = '', '*/*', run.RetentionClass),
    if(run.RunId = '', toDate(said.RecordedAt), run.Day), said.RunId, said.OutcomeId, said.Status, said.Reason,
    said.Source, said.At, said.ValueUsd, said.RecordedAt
FROM outcomes AS said
LEFT JOIN (SELECT Tenant, RunId, Environment, RetentionClass, Day FROM runs FINAL WHERE IsDeleted = 0) AS run
    ON run.Tenant = said.Tenant AND run.RunId = said.RunId;

DROP TABLE outcomes ON CLUSTER 'runvault';

DROP TABLE outcomes_local ON CLUSTER 'runvault' SYNC;

RENAME TABLE outcomes_by_day_local TO outcomes_local ON CLUSTER 'runvault';

DROP TABLE IF EXISTS outcomes_by_day ON CLUSTER 'runvault';

CREATE TABLE IF NOT EXISTS outcomes ON CLUSTER 'runvault' AS outcomes_local
ENGINE = Distributed('runvault', currentDatabase(), 'outcomes_local', cityHash64(RunId));

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS Days Array(Date) CODEC(ZSTD(1)) AFTER IsDeleted;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS Days Array(Date) CODEC(ZSTD(1)) AFTER IsDeleted;

CREATE OR REPLACE VIEW runs_current_local ON CLUSTER 'runvault' AS
SELECT * FROM runs_local FINAL
WHERE IsDeleted = 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE TABLE runs_current ON CLUSTER 'runvault' AS runs_current_local
ENGINE = Distributed('runvault', currentDatabase(), 'runs_current_local', cityHash64(RunId));

CREATE TABLE IF NOT EXISTS retention_policies_local ON CLUSTER 'runvault'
(
    AppliedAt DateTime64(6),
    AppliedBy String,
    Policy String
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/retention_policies_local', '{replica}')
ORDER BY AppliedAt
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS retention_policies ON CLUSTER 'runvault' AS retention_policies_local
ENGINE = Distributed('runvault', currentDatabase(), 'retention_policies_local', toUnixTimestamp64Micro(AppliedAt));

-- 0008_seals

CREATE TABLE IF NOT EXISTS sealed_originals_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    ReceivedAt DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    RecordId String CODEC(ZSTD(1)),
    Sealed String CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/sealed_originals_local', '{replica}')
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId, RecordId)
SETTINGS index_granularity = 512, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS sealed_originals ON CLUSTER 'runvault' AS sealed_originals_local
ENGINE = Distributed('runvault', currentDatabase(), 'sealed_originals_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS break_glass_events_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    Day Date,
    RequestId String CODEC(ZSTD(1)),
    EventId String CODEC(ZSTD(1)),
    At DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    Kind LowCardinality(String),
    KeyId String CODEC(ZSTD(1)),
    RunId String CODEC(ZSTD(1)),
    Environment LowCardinality(String),
    Reason String CODEC(ZSTD(1)),
    Ticket String CODEC(ZSTD(1)),
    Minutes UInt32 CODEC(ZSTD(1)),
    Mac String CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/break_glass_events_local', '{replica}')
PARTITION BY toYYYYMM(Day)
ORDER BY (Tenant, RequestId, EventId)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS break_glass_events ON CLUSTER 'runvault' AS break_glass_events_local
ENGINE = Distributed('runvault', currentDatabase(), 'break_glass_events_local', cityHash64(RequestId));

-- 0009_money

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS ServiceTier LowCardinality(String) AFTER FinishReason;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS ServiceTier LowCardinality(String) AFTER FinishReason;

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS CacheWrite1hTokens UInt64 CODEC(ZSTD(1)) AFTER CacheWriteTokens;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS CacheWrite1hTokens UInt64 CODEC(ZSTD(1)) AFTER CacheWriteTokens;

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS CacheAudioTokens UInt64 CODEC(ZSTD(1)) AFTER AudioOutputTokens;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS CacheAudioTokens UInt64 CODEC(ZSTD(1)) AFTER AudioOutputTokens;

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS RepricedAt UInt64 CODEC(ZSTD(1)) AFTER PriceList;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS RepricedAt UInt64 CODEC(ZSTD(1)) AFTER PriceList;

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetSteps Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetUsd;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetSteps Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetUsd;

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetToolCalls Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetSteps;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetToolCalls Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetSteps;

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetTokens Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetToolCalls;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetTokens Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetToolCalls;

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS SaysFailed UInt8 DEFAULT StatusCode = 'Error' AFTER ErrorType;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS SaysFailed UInt8 DEFAULT StatusCode = 'Error' AFTER ErrorType;

ALTER TABLE steps_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS HasFailed UInt8 DEFAULT StatusCode = 'Error' AFTER IsFailure;

ALTER TABLE steps ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS HasFailed UInt8 DEFAULT StatusCode = 'Error' AFTER IsFailure;

ALTER TABLE span_supplements_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS SaysFailed UInt8 AFTER ErrorType;

ALTER TABLE span_supplements ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS SaysFailed UInt8 AFTER ErrorType;

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS RepricedAt UInt64 CODEC(ZSTD(1)) AFTER UnpricedModels;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS RepricedAt UInt64 CODEC(ZSTD(1)) AFTER UnpricedModels;

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetSteps Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetUsd;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetSteps Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetUsd;

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetToolCalls Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetSteps;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetToolCalls Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetSteps;

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetTokens Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetToolCalls;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS BudgetTokens Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetToolCalls;

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS `Breaches.Limit` Array(LowCardinality(String)) CODEC(ZSTD(1)) AFTER BudgetBreached;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS `Breaches.Limit` Array(LowCardinality(String)) CODEC(ZSTD(1)) AFTER BudgetBreached;

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS `Breaches.At` Array(DateTime64(9)) CODEC(ZSTD(1)) AFTER `Breaches.Limit`;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS `Breaches.At` Array(DateTime64(9)) CODEC(ZSTD(1)) AFTER `Breaches.Limit`;

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS `Breaches.TraceId` Array(String) CODEC(ZSTD(1)) AFTER `Breaches.At`;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS `Breaches.TraceId` Array(String) CODEC(ZSTD(1)) AFTER `Breaches.At`;

ALTER TABLE runs_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS `Breaches.SpanId` Array(String) CODEC(ZSTD(1)) AFTER `Breaches.TraceId`;

ALTER TABLE runs ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS `Breaches.SpanId` Array(String) CODEC(ZSTD(1)) AFTER `Breaches.TraceId`;

ALTER TABLE outcomes_local ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS Said LowCardinality(String) AFTER Status;

ALTER TABLE outcomes ON CLUSTER 'runvault' ADD COLUMN IF NOT EXISTS Said LowCardinality(String) AFTER Status;

CREATE TABLE IF NOT EXISTS repricings_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    RunId String CODEC(ZSTD(1)),
    RepricingId String,
    At DateTime64(6),
    Calls UInt32,
    OldCostUsd Decimal(38, 12) CODEC(ZSTD(1)),
    NewCostUsd Decimal(38, 12) CODEC(ZSTD(1)),
    OldPriceLists Array(String) CODEC(ZSTD(1)),
    NewPriceLists Array(String) CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/repricings_local', '{replica}', At)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId, RepricingId)
SETTINGS index_granularity = 512, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS repricings ON CLUSTER 'runvault' AS repricings_local
ENGINE = Distributed('runvault', currentDatabase(), 'repricings_local', cityHash64(RunId));

CREATE TABLE IF NOT EXISTS scores_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    RunId String CODEC(ZSTD(1)),
    Name LowCardinality(String),
    Source LowCardinality(String),
    ScoreId UUID,
    Value Nullable(Float64),
    Label String CODEC(ZSTD(1)),
    Explanation String CODEC(ZSTD(1)),
    RecordedAt DateTime64(6)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/scores_local', '{replica}', RecordedAt)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId, Name, Source, ScoreId)
SETTINGS index_granularity = 512, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS scores ON CLUSTER 'runvault' AS scores_local
ENGINE = Distributed('runvault', currentDatabase(), 'scores_local', cityHash64(RunId));

CREATE OR REPLACE VIEW steps_current_local ON CLUSTER 'runvault' AS
SELECT * FROM steps_local FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE TABLE steps_current ON CLUSTER 'runvault' AS steps_current_local
ENGINE = Distributed('runvault', currentDatabase(), 'steps_current_local', cityHash64(TraceId));

CREATE OR REPLACE VIEW runs_current_local ON CLUSTER 'runvault' AS
SELECT * FROM runs_local FINAL
WHERE IsDeleted = 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE TABLE runs_current ON CLUSTER 'runvault' AS runs_current_local
ENGINE = Distributed('runvault', currentDatabase(), 'runs_current_local', cityHash64(RunId));

CREATE OR REPLACE VIEW step_latency ON CLUSTER 'runvault' AS
SELECT
    Tenant,
    Environment,
    Workflow,
    Version,
    StepType,
    Model,
    ToolName,
    toDate(Timestamp) AS Date,
    count() AS Steps,
    countIf(HasFailed = 1) AS Errors,
    quantileExact(0.5)(Duration) / 1e6 AS P50Ms,
    quantileExact(0.95)(Duration) / 1e6 AS P95Ms,
    quantileExact(0.99)(Duration) / 1e6 AS P99Ms
FROM steps_current
WHERE IsCall = 1
GROUP BY Tenant, Environment, Workflow, Version, StepType, Model, ToolName, Date;

-- 0010_closed_days

ALTER TABLE steps_local ON CLUSTER 'runvault' MODIFY SETTING min_age_to_force_merge_seconds = 10800, min_age_to_force_merge_on_partition_only = 1;

ALTER TABLE runs_local ON CLUSTER 'runvault' MODIFY SETTING min_age_to_force_merge_seconds = 10800, min_age_to_force_merge_on_partition_only = 1;

-- 0011_health

CREATE TABLE IF NOT EXISTS health_samples_local ON CLUSTER 'runvault'
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    Day Date,
    At DateTime64(3) CODEC(Delta(8), ZSTD(1)),
    Instance LowCardinality(String),
    Name LowCardinality(String),
    Label LowCardinality(String),
    Value Float64 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/health_samples_local', '{replica}')
PARTITION BY toMonday(Day)
ORDER BY (Name, Label, Instance, At)
TTL Day + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS health_samples ON CLUSTER 'runvault' AS health_samples_local
ENGINE = Distributed('runvault', currentDatabase(), 'health_samples_local', cityHash64(Instance));

-- 0012_run_days

ALTER TABLE trace_days_mv ON CLUSTER 'runvault' MODIFY QUERY
SELECT DISTINCT Tenant, place.1 AS TraceHash, place.2 AS Day
FROM
(
    SELECT
        Tenant,
        cityHash64('run', RunId) AS RunHash,
        arrayJoin(if(
            RunId = '',
            [(cityHash64(TraceId), Day)],
            [
                (cityHash64(TraceId), Day),
                (RunHash, Day),
                (RunHash, if(ClockSkewed = 1, toDate('1970-01-01'), toDate(Timestamp, 'UTC')))
            ])) AS place
    FROM steps_local
);

INSERT INTO trace_days (Tenant, TraceHash, Day)
SELECT DISTINCT Tenant, cityHash64('run', RunId), arrayJoin(arrayPushBack(Days, Day))
FROM runs;
