CREATE TABLE audit_entries
(
    `Day` Date,
    `Chain` LowCardinality(String),
    `Seq` UInt64 CODEC(Delta(8), ZSTD(1)),
    `At` DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `KeyId` LowCardinality(String),
    `Address` String CODEC(ZSTD(1)),
    `Action` LowCardinality(String),
    `Object` String CODEC(ZSTD(1)),
    `Reason` String CODEC(ZSTD(1)),
    `Detail` String CODEC(ZSTD(1)),
    `Previous` String CODEC(ZSTD(1)),
    `Hash` String CODEC(ZSTD(1)),
    INDEX idx_at At TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(Day)
ORDER BY (Chain, Seq)
SETTINGS index_granularity = 2048, non_replicated_deduplication_window = 10000, auto_statistics_types = '';

CREATE TABLE break_glass_events
(
    `Tenant` LowCardinality(String),
    `Day` Date,
    `RequestId` String CODEC(ZSTD(1)),
    `EventId` String CODEC(ZSTD(1)),
    `At` DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    `Kind` LowCardinality(String),
    `KeyId` String CODEC(ZSTD(1)),
    `RunId` String CODEC(ZSTD(1)),
    `Environment` LowCardinality(String),
    `Reason` String CODEC(ZSTD(1)),
    `Ticket` String CODEC(ZSTD(1)),
    `Minutes` UInt32 CODEC(ZSTD(1)),
    `Mac` String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(Day)
ORDER BY (Tenant, RequestId, EventId)
SETTINGS non_replicated_deduplication_window = 10000, auto_statistics_types = '', index_granularity = 8192;

CREATE VIEW cost_per_outcome
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `Workflow` LowCardinality(String),
    `Version` LowCardinality(String),
    `Date` Date,
    `Runs` UInt64,
    `Successes` UInt64,
    `Failures` UInt64,
    `Escalations` UInt64,
    `Deflections` UInt64,
    `TotalUsd` Decimal(38, 12),
    `ModelUsd` Decimal(38, 12),
    `ToolUsd` Decimal(38, 12),
    `ReviewUsd` Decimal(38, 12),
    `WastedUsd` Decimal(38, 12),
    `CostPerSuccessUsd` Nullable(Float64),
    `UnpricedRuns` UInt64
)
AS SELECT
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
    sumIf(CostUsd, (OutcomeStatus IN ('failure', 'cancelled', 'escalated'))) AS WastedUsd,
    if(Successes = 0, NULL, toFloat64(TotalUsd) / Successes) AS CostPerSuccessUsd,
    countIf(notEmpty(UnpricedModels)) AS UnpricedRuns
FROM runs_current
GROUP BY
    Tenant,
    Environment,
    Workflow,
    Version,
    Date;

CREATE TABLE health_samples
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `Day` Date,
    `At` DateTime64(3) CODEC(Delta(8), ZSTD(1)),
    `Instance` LowCardinality(String),
    `Name` LowCardinality(String),
    `Label` LowCardinality(String),
    `Value` Float64 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toMonday(Day)
ORDER BY (Name, Label, Instance, At)
TTL Day + toIntervalDay(30)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, auto_statistics_types = '', index_granularity = 8192;

CREATE TABLE migration_leases
(
    `Number` UInt64,
    `Holder` String,
    `SeenAt` DateTime64(3) DEFAULT now64(3),
    `IsOver` UInt8
)
ENGINE = MergeTree
ORDER BY Number
SETTINGS non_replicated_deduplication_window = 10000, auto_statistics_types = '', index_granularity = 8192;

CREATE TABLE otel_traces
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `ParentSpanId` String CODEC(ZSTD(1)),
    `TraceState` String CODEC(ZSTD(1)),
    `SpanName` LowCardinality(String) CODEC(ZSTD(1)),
    `SpanKind` LowCardinality(String) CODEC(ZSTD(1)),
    `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),
    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ScopeName` String CODEC(ZSTD(1)),
    `ScopeVersion` String CODEC(ZSTD(1)),
    `SpanAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `Duration` UInt64 CODEC(ZSTD(1)),
    `StatusCode` LowCardinality(String) CODEC(ZSTD(1)),
    `StatusMessage` String CODEC(ZSTD(1)),
    `Events.Timestamp` Array(DateTime64(9)) CODEC(ZSTD(1)),
    `Events.Name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `Events.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    `Links.TraceId` Array(String) CODEC(ZSTD(1)),
    `Links.SpanId` Array(String) CODEC(ZSTD(1)),
    `Links.TraceState` Array(String) CODEC(ZSTD(1)),
    `Links.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    `ScopeAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `ReceivedAt` DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    `Dialect` LowCardinality(String),
    `StepType` LowCardinality(String),
    `Model` LowCardinality(String),
    `InputTokens` UInt64 CODEC(ZSTD(1)),
    `OutputTokens` UInt64 CODEC(ZSTD(1)),
    `ModelCostUsd` Decimal(18, 12) CODEC(ZSTD(1)),
    `RedactionFindings` Map(LowCardinality(String), UInt32) CODEC(ZSTD(1)),
    `RedactionFailed` UInt32 CODEC(ZSTD(1)),
    `PolicyVersion` LowCardinality(String),
    `ClockSkewed` UInt8,
    INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 1,
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, toStartOfHour(Timestamp), TraceId, SpanId)
SETTINGS index_granularity = 2048, non_replicated_deduplication_window = 10000, auto_statistics_types = '';

CREATE VIEW otel_traces_trace_id_ts
(
    `Tenant` LowCardinality(String),
    `TraceId` String,
    `Start` DateTime,
    `End` DateTime
)
AS SELECT
    Tenant,
    TraceId,
    toDateTime(min(Timestamp)) AS Start,
    toDateTime(max(Timestamp + toIntervalNanosecond(Duration))) AS End
FROM steps
GROUP BY
    Tenant,
    TraceId;

CREATE TABLE outcomes
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `RunId` String CODEC(ZSTD(1)),
    `OutcomeId` UUID,
    `Status` LowCardinality(String),
    `Said` LowCardinality(String),
    `Reason` String CODEC(ZSTD(1)),
    `Source` LowCardinality(String),
    `At` DateTime64(6),
    `ValueUsd` Nullable(Float64),
    `RecordedAt` DateTime64(6)
)
ENGINE = ReplacingMergeTree
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId, At, OutcomeId)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, auto_statistics_types = '';

CREATE TABLE repricings
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `RunId` String CODEC(ZSTD(1)),
    `RepricingId` String,
    `At` DateTime64(6),
    `Calls` UInt32,
    `OldCostUsd` Decimal(38, 12) CODEC(ZSTD(1)),
    `NewCostUsd` Decimal(38, 12) CODEC(ZSTD(1)),
    `OldPriceLists` Array(String) CODEC(ZSTD(1)),
    `NewPriceLists` Array(String) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(At)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId, RepricingId)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, auto_statistics_types = '';

CREATE TABLE retention_policies
(
    `AppliedAt` DateTime64(6),
    `AppliedBy` String,
    `Policy` String
)
ENGINE = MergeTree
ORDER BY AppliedAt
SETTINGS non_replicated_deduplication_window = 10000, auto_statistics_types = '', index_granularity = 8192;

CREATE TABLE runs
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `RunId` String CODEC(ZSTD(1)),
    `TraceIds` Array(String) CODEC(ZSTD(1)),
    `SessionId` String CODEC(ZSTD(1)),
    `UserId` String CODEC(ZSTD(1)),
    `CustomerId` String CODEC(ZSTD(1)),
    `ServiceName` LowCardinality(String),
    `Agent` LowCardinality(String),
    `AgentId` String CODEC(ZSTD(1)),
    `AgentVersion` LowCardinality(String),
    `Workflow` LowCardinality(String),
    `Version` LowCardinality(String),
    `PromptVersion` LowCardinality(String),
    `StartedAt` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `EndedAt` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `DurationMs` Float64 CODEC(ZSTD(1)),
    `Models` Array(String) CODEC(ZSTD(1)),
    `Tools` Array(String) CODEC(ZSTD(1)),
    `Steps` UInt32 CODEC(ZSTD(1)),
    `ModelCalls` UInt32 CODEC(ZSTD(1)),
    `FailedModelCalls` UInt32 CODEC(ZSTD(1)),
    `ToolCalls` UInt32 CODEC(ZSTD(1)),
    `FailedToolCalls` UInt32 CODEC(ZSTD(1)),
    `Retries` UInt32 CODEC(ZSTD(1)),
    `Errors` UInt32 CODEC(ZSTD(1)),
    `Approvals` UInt32 CODEC(ZSTD(1)),
    `ApprovalWaitMs` Float64 CODEC(ZSTD(1)),
    `PolicyViolations` UInt32 CODEC(ZSTD(1)),
    `InputTokens` UInt64 CODEC(ZSTD(1)),
    `OutputTokens` UInt64 CODEC(ZSTD(1)),
    `CacheReadTokens` UInt64 CODEC(ZSTD(1)),
    `CacheWriteTokens` UInt64 CODEC(ZSTD(1)),
    `ReasoningTokens` UInt64 CODEC(ZSTD(1)),
    `EmbeddingCalls` UInt32 CODEC(ZSTD(1)),
    `EmbeddingTokens` UInt64 CODEC(ZSTD(1)),
    `CostUsd` Decimal(38, 12) CODEC(ZSTD(1)),
    `ModelCostUsd` Decimal(38, 12) CODEC(ZSTD(1)),
    `ToolCostUsd` Decimal(38, 12) CODEC(ZSTD(1)),
    `ReviewCostUsd` Decimal(38, 12) CODEC(ZSTD(1)),
    `PriceLists` Array(String) CODEC(ZSTD(1)),
    `UnpricedModels` Array(String) CODEC(ZSTD(1)),
    `RepricedAt` UInt64 CODEC(ZSTD(1)),
    `BudgetUsd` Nullable(Float64) CODEC(ZSTD(1)),
    `BudgetSteps` Nullable(UInt64) CODEC(ZSTD(1)),
    `BudgetToolCalls` Nullable(UInt64) CODEC(ZSTD(1)),
    `BudgetTokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `BudgetBreached` UInt8,
    `Breaches.Limit` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `Breaches.At` Array(DateTime64(9)) CODEC(ZSTD(1)),
    `Breaches.TraceId` Array(String) CODEC(ZSTD(1)),
    `Breaches.SpanId` Array(String) CODEC(ZSTD(1)),
    `SideEffects` Array(String) CODEC(ZSTD(1)),
    `RootStatus` LowCardinality(String),
    `ClaimedStatus` LowCardinality(String),
    `OutcomeStatus` LowCardinality(String),
    `OutcomeReason` String CODEC(ZSTD(1)),
    `OutcomeSource` LowCardinality(String),
    `OutcomeAt` Nullable(DateTime64(6)) CODEC(ZSTD(1)),
    `RootSeen` UInt8,
    `OrphanSpans` UInt32 CODEC(ZSTD(1)),
    `LateSpans` UInt32 CODEC(ZSTD(1)),
    `Findings` Map(LowCardinality(String), UInt64) CODEC(ZSTD(1)),
    `FailedClosed` UInt32 CODEC(ZSTD(1)),
    `PolicyVersion` LowCardinality(String),
    `Paused` LowCardinality(String),
    `RefreshedAt` UInt64 CODEC(ZSTD(1)),
    `IsDeleted` UInt8,
    `Days` Array(Date) CODEC(ZSTD(1)),
    INDEX idx_started_at StartedAt TYPE minmax GRANULARITY 4,
    INDEX idx_trace_ids TraceIds TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX idx_side_effects SideEffects TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX idx_session SessionId TYPE bloom_filter(0.001) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(RefreshedAt, IsDeleted)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, auto_statistics_types = '', min_age_to_force_merge_seconds = 10800, min_age_to_force_merge_on_partition_only = 1;

CREATE VIEW runs_current
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `RunId` String,
    `TraceIds` Array(String),
    `SessionId` String,
    `UserId` String,
    `CustomerId` String,
    `ServiceName` LowCardinality(String),
    `Agent` LowCardinality(String),
    `AgentId` String,
    `AgentVersion` LowCardinality(String),
    `Workflow` LowCardinality(String),
    `Version` LowCardinality(String),
    `PromptVersion` LowCardinality(String),
    `StartedAt` DateTime64(9),
    `EndedAt` DateTime64(9),
    `DurationMs` Float64,
    `Models` Array(String),
    `Tools` Array(String),
    `Steps` UInt32,
    `ModelCalls` UInt32,
    `FailedModelCalls` UInt32,
    `ToolCalls` UInt32,
    `FailedToolCalls` UInt32,
    `Retries` UInt32,
    `Errors` UInt32,
    `Approvals` UInt32,
    `ApprovalWaitMs` Float64,
    `PolicyViolations` UInt32,
    `InputTokens` UInt64,
    `OutputTokens` UInt64,
    `CacheReadTokens` UInt64,
    `CacheWriteTokens` UInt64,
    `ReasoningTokens` UInt64,
    `EmbeddingCalls` UInt32,
    `EmbeddingTokens` UInt64,
    `CostUsd` Decimal(38, 12),
    `ModelCostUsd` Decimal(38, 12),
    `ToolCostUsd` Decimal(38, 12),
    `ReviewCostUsd` Decimal(38, 12),
    `PriceLists` Array(String),
    `UnpricedModels` Array(String),
    `RepricedAt` UInt64,
    `BudgetUsd` Nullable(Float64),
    `BudgetSteps` Nullable(UInt64),
    `BudgetToolCalls` Nullable(UInt64),
    `BudgetTokens` Nullable(UInt64),
    `BudgetBreached` UInt8,
    `Breaches.Limit` Array(LowCardinality(String)),
    `Breaches.At` Array(DateTime64(9)),
    `Breaches.TraceId` Array(String),
    `Breaches.SpanId` Array(String),
    `SideEffects` Array(String),
    `RootStatus` LowCardinality(String),
    `ClaimedStatus` LowCardinality(String),
    `OutcomeStatus` LowCardinality(String),
    `OutcomeReason` String,
    `OutcomeSource` LowCardinality(String),
    `OutcomeAt` Nullable(DateTime64(6)),
    `RootSeen` UInt8,
    `OrphanSpans` UInt32,
    `LateSpans` UInt32,
    `Findings` Map(LowCardinality(String), UInt64),
    `FailedClosed` UInt32,
    `PolicyVersion` LowCardinality(String),
    `Paused` LowCardinality(String),
    `RefreshedAt` UInt64,
    `IsDeleted` UInt8,
    `Days` Array(Date)
)
AS SELECT *
FROM runs
FINAL
WHERE IsDeleted = 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE schema_migrations
(
    `Version` UInt32,
    `Name` String,
    `Checksum` String,
    `AppliedAt` DateTime
)
ENGINE = ReplacingMergeTree
ORDER BY Version
SETTINGS index_granularity = 8192;

CREATE TABLE scores
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `RunId` String CODEC(ZSTD(1)),
    `Name` LowCardinality(String),
    `Source` LowCardinality(String),
    `ScoreId` UUID,
    `Value` Nullable(Float64),
    `Label` String CODEC(ZSTD(1)),
    `Explanation` String CODEC(ZSTD(1)),
    `RecordedAt` DateTime64(6)
)
ENGINE = ReplacingMergeTree(RecordedAt)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId, Name, Source, ScoreId)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, auto_statistics_types = '';

CREATE TABLE sealed_originals
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `ReceivedAt` DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `RecordId` String CODEC(ZSTD(1)),
    `Sealed` String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId, RecordId)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, auto_statistics_types = '';

CREATE TABLE span_payloads
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `ReceivedAt` DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `InputMessages` String CODEC(ZSTD(2)),
    `OutputMessages` String CODEC(ZSTD(2)),
    `SystemInstructions` String CODEC(ZSTD(2)),
    `ToolArguments` String CODEC(ZSTD(2)),
    `ToolResult` String CODEC(ZSTD(2)),
    `Documents` String CODEC(ZSTD(2)),
    `PayloadAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(2))
)
ENGINE = ReplacingMergeTree
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, auto_statistics_types = '', min_compress_block_size = 1048576, max_compress_block_size = 1048576;

CREATE TABLE span_supplements
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `ReceivedAt` DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `Dialect` LowCardinality(String),
    `ErrorType` LowCardinality(String),
    `SaysFailed` UInt8,
    `SessionId` String CODEC(ZSTD(1)),
    `UserId` String CODEC(ZSTD(1)),
    `AgentName` LowCardinality(String),
    `Provider` LowCardinality(String),
    `Model` LowCardinality(String),
    `RequestModel` LowCardinality(String),
    `ResponseId` String CODEC(ZSTD(1)),
    `FinishReason` LowCardinality(String),
    `InputTokens` UInt64 CODEC(ZSTD(1)),
    `OutputTokens` UInt64 CODEC(ZSTD(1)),
    `CacheReadTokens` UInt64 CODEC(ZSTD(1)),
    `CacheWriteTokens` UInt64 CODEC(ZSTD(1)),
    `ReasoningTokens` UInt64 CODEC(ZSTD(1)),
    `AudioInputTokens` UInt64 CODEC(ZSTD(1)),
    `AudioOutputTokens` UInt64 CODEC(ZSTD(1)),
    `FirstTokenMs` Nullable(Float64) CODEC(ZSTD(1)),
    `ModelCostUsd` Decimal(18, 12) CODEC(ZSTD(1)),
    `ToolName` LowCardinality(String),
    `ToolCallId` String CODEC(ZSTD(1)),
    `ApprovalType` LowCardinality(String),
    `ApprovalRequired` LowCardinality(String),
    `ApprovalApproved` LowCardinality(String),
    `ApprovalApprover` String CODEC(ZSTD(1)),
    `Scores.Name` Array(String) CODEC(ZSTD(1)),
    `Scores.Value` Array(Nullable(Float64)) CODEC(ZSTD(1)),
    `Scores.Label` Array(String) CODEC(ZSTD(1)),
    `Scores.Explanation` Array(String) CODEC(ZSTD(1)),
    `InputMessages` String CODEC(ZSTD(3)),
    `OutputMessages` String CODEC(ZSTD(3)),
    `SystemInstructions` String CODEC(ZSTD(3)),
    `ToolArguments` String CODEC(ZSTD(3)),
    `ToolResult` String CODEC(ZSTD(3)),
    `RedactionFindings` Map(LowCardinality(String), UInt32) CODEC(ZSTD(1)),
    `RedactionFailed` UInt32 CODEC(ZSTD(1)),
    `PolicyVersion` LowCardinality(String),
    `RecordId` String CODEC(ZSTD(1)),
    `RecordKind` LowCardinality(String),
    `RecordTarget` LowCardinality(String),
    `RecordPosition` UInt32 CODEC(ZSTD(1)),
    `JoinTraceId` String CODEC(ZSTD(1)),
    `JoinSpanId` String CODEC(ZSTD(1)),
    `JoinedAt` UInt64 CODEC(ZSTD(1)),
    INDEX idx_session SessionId TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX idx_join JoinTraceId TYPE bloom_filter(0.001) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(JoinedAt)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId, RecordId)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 10000, auto_statistics_types = '';

CREATE VIEW step_latency
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `Workflow` LowCardinality(String),
    `Version` LowCardinality(String),
    `StepType` LowCardinality(String),
    `Model` LowCardinality(String),
    `ToolName` LowCardinality(String),
    `Date` Date,
    `Steps` UInt64,
    `Errors` UInt64,
    `P50Ms` Float64,
    `P95Ms` Float64,
    `P99Ms` Float64
)
AS SELECT
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
    quantileExact(0.5)(Duration) / 1000000. AS P50Ms,
    quantileExact(0.95)(Duration) / 1000000. AS P95Ms,
    quantileExact(0.99)(Duration) / 1000000. AS P99Ms
FROM steps_current
WHERE IsCall = 1
GROUP BY
    Tenant,
    Environment,
    Workflow,
    Version,
    StepType,
    Model,
    ToolName,
    Date;

CREATE TABLE steps
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `ReceivedAt` DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `ParentSpanId` String CODEC(ZSTD(1)),
    `SpanName` LowCardinality(String),
    `ServiceName` LowCardinality(String),
    `Duration` UInt64 CODEC(ZSTD(1)),
    `StatusCode` LowCardinality(String),
    `Dialect` LowCardinality(String),
    `StepType` LowCardinality(String),
    `ErrorType` LowCardinality(String),
    `SaysFailed` UInt8 DEFAULT StatusCode = 'Error',
    `OwnRunId` String CODEC(ZSTD(1)),
    `SessionId` String CODEC(ZSTD(1)),
    `UserId` String CODEC(ZSTD(1)),
    `CustomerId` String CODEC(ZSTD(1)),
    `AgentName` LowCardinality(String),
    `AgentId` String CODEC(ZSTD(1)),
    `AgentVersion` LowCardinality(String),
    `WorkflowName` LowCardinality(String),
    `WorkflowVersion` LowCardinality(String),
    `ServiceVersion` LowCardinality(String),
    `PromptVersion` LowCardinality(String),
    `Provider` LowCardinality(String),
    `Model` LowCardinality(String),
    `RequestModel` LowCardinality(String),
    `ResponseId` String CODEC(ZSTD(1)),
    `FinishReason` LowCardinality(String),
    `ServiceTier` LowCardinality(String),
    `InputTokens` UInt64 CODEC(ZSTD(1)),
    `OutputTokens` UInt64 CODEC(ZSTD(1)),
    `CacheReadTokens` UInt64 CODEC(ZSTD(1)),
    `CacheWriteTokens` UInt64 CODEC(ZSTD(1)),
    `CacheWrite1hTokens` UInt64 CODEC(ZSTD(1)),
    `ReasoningTokens` UInt64 CODEC(ZSTD(1)),
    `AudioInputTokens` UInt64 CODEC(ZSTD(1)),
    `AudioOutputTokens` UInt64 CODEC(ZSTD(1)),
    `CacheAudioTokens` UInt64 CODEC(ZSTD(1)),
    `FirstTokenMs` Nullable(Float64) CODEC(ZSTD(1)),
    `ModelCostUsd` Decimal(18, 12) CODEC(ZSTD(1)),
    `ToolCostUsd` Decimal(18, 12) CODEC(ZSTD(1)),
    `ReviewCostUsd` Decimal(18, 12) CODEC(ZSTD(1)),
    `PriceStatus` LowCardinality(String),
    `PriceList` LowCardinality(String),
    `RepricedAt` UInt64 CODEC(ZSTD(1)),
    `ToolName` LowCardinality(String),
    `ToolCallId` String CODEC(ZSTD(1)),
    `ToolSchemaVersion` LowCardinality(String),
    `InputHash` String CODEC(ZSTD(1)),
    `RetryOf` String CODEC(ZSTD(1)),
    `SideEffects` Array(String) CODEC(ZSTD(1)),
    `PolicyRule` LowCardinality(String),
    `PolicyDecision` LowCardinality(String),
    `PolicyReason` String CODEC(ZSTD(1)),
    `ApprovalType` LowCardinality(String),
    `ApprovalRequired` LowCardinality(String),
    `ApprovalApproved` LowCardinality(String),
    `ApprovalApprover` String CODEC(ZSTD(1)),
    `OutcomeStatus` LowCardinality(String),
    `OutcomeReason` String CODEC(ZSTD(1)),
    `BudgetUsd` Nullable(Float64) CODEC(ZSTD(1)),
    `BudgetSteps` Nullable(UInt64) CODEC(ZSTD(1)),
    `BudgetToolCalls` Nullable(UInt64) CODEC(ZSTD(1)),
    `BudgetTokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `Scores.Name` Array(String) CODEC(ZSTD(1)),
    `Scores.Value` Array(Nullable(Float64)) CODEC(ZSTD(1)),
    `Scores.Label` Array(String) CODEC(ZSTD(1)),
    `Scores.Explanation` Array(String) CODEC(ZSTD(1)),
    `RedactionFindings` Map(LowCardinality(String), UInt32) CODEC(ZSTD(1)),
    `RedactionFailed` UInt32 CODEC(ZSTD(1)),
    `RedactionBytes` UInt64 CODEC(ZSTD(1)),
    `PolicyVersion` LowCardinality(String),
    `ClockSkewed` UInt8,
    `RunId` String CODEC(ZSTD(1)),
    `Agent` LowCardinality(String),
    `Workflow` LowCardinality(String),
    `Version` LowCardinality(String),
    `Depth` UInt32 CODEC(ZSTD(1)),
    `IsOrphan` UInt8,
    `IsCall` UInt8,
    `IsCounted` UInt8,
    `IsRetry` UInt8,
    `IsFailure` UInt8,
    `HasFailed` UInt8 DEFAULT StatusCode = 'Error',
    `AssembledAt` UInt64 CODEC(ZSTD(1)),
    `Overlaid` String CODEC(ZSTD(1)),
    INDEX idx_run_id RunId TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 4,
    INDEX idx_side_effects SideEffects TYPE bloom_filter(0.001) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(AssembledAt)
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId)
SETTINGS index_granularity = 256, non_replicated_deduplication_window = 10000, auto_statistics_types = '', min_age_to_force_merge_seconds = 10800, min_age_to_force_merge_on_partition_only = 1;

CREATE VIEW steps_current
(
    `Tenant` LowCardinality(String),
    `Environment` LowCardinality(String),
    `RetentionClass` LowCardinality(String),
    `Day` Date,
    `ReceivedAt` DateTime64(6),
    `TraceId` String,
    `SpanId` String,
    `Timestamp` DateTime64(9),
    `ParentSpanId` String,
    `SpanName` LowCardinality(String),
    `ServiceName` LowCardinality(String),
    `Duration` UInt64,
    `StatusCode` LowCardinality(String),
    `Dialect` LowCardinality(String),
    `StepType` LowCardinality(String),
    `ErrorType` LowCardinality(String),
    `SaysFailed` UInt8,
    `OwnRunId` String,
    `SessionId` String,
    `UserId` String,
    `CustomerId` String,
    `AgentName` LowCardinality(String),
    `AgentId` String,
    `AgentVersion` LowCardinality(String),
    `WorkflowName` LowCardinality(String),
    `WorkflowVersion` LowCardinality(String),
    `ServiceVersion` LowCardinality(String),
    `PromptVersion` LowCardinality(String),
    `Provider` LowCardinality(String),
    `Model` LowCardinality(String),
    `RequestModel` LowCardinality(String),
    `ResponseId` String,
    `FinishReason` LowCardinality(String),
    `ServiceTier` LowCardinality(String),
    `InputTokens` UInt64,
    `OutputTokens` UInt64,
    `CacheReadTokens` UInt64,
    `CacheWriteTokens` UInt64,
    `CacheWrite1hTokens` UInt64,
    `ReasoningTokens` UInt64,
    `AudioInputTokens` UInt64,
    `AudioOutputTokens` UInt64,
    `CacheAudioTokens` UInt64,
    `FirstTokenMs` Nullable(Float64),
    `ModelCostUsd` Decimal(18, 12),
    `ToolCostUsd` Decimal(18, 12),
    `ReviewCostUsd` Decimal(18, 12),
    `PriceStatus` LowCardinality(String),
    `PriceList` LowCardinality(String),
    `RepricedAt` UInt64,
    `ToolName` LowCardinality(String),
    `ToolCallId` String,
    `ToolSchemaVersion` LowCardinality(String),
    `InputHash` String,
    `RetryOf` String,
    `SideEffects` Array(String),
    `PolicyRule` LowCardinality(String),
    `PolicyDecision` LowCardinality(String),
    `PolicyReason` String,
    `ApprovalType` LowCardinality(String),
    `ApprovalRequired` LowCardinality(String),
    `ApprovalApproved` LowCardinality(String),
    `ApprovalApprover` String,
    `OutcomeStatus` LowCardinality(String),
    `OutcomeReason` String,
    `BudgetUsd` Nullable(Float64),
    `BudgetSteps` Nullable(UInt64),
    `BudgetToolCalls` Nullable(UInt64),
    `BudgetTokens` Nullable(UInt64),
    `Scores.Name` Array(String),
    `Scores.Value` Array(Nullable(Float64)),
    `Scores.Label` Array(String),
    `Scores.Explanation` Array(String),
    `RedactionFindings` Map(LowCardinality(String), UInt32),
    `RedactionFailed` UInt32,
    `RedactionBytes` UInt64,
    `PolicyVersion` LowCardinality(String),
    `ClockSkewed` UInt8,
    `RunId` String,
    `Agent` LowCardinality(String),
    `Workflow` LowCardinality(String),
    `Version` LowCardinality(String),
    `Depth` UInt32,
    `IsOrphan` UInt8,
    `IsCall` UInt8,
    `IsCounted` UInt8,
    `IsRetry` UInt8,
    `IsFailure` UInt8,
    `HasFailed` UInt8,
    `AssembledAt` UInt64,
    `Overlaid` String
)
AS SELECT *
FROM steps
FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE VIEW supplement_payloads
(
    `Tenant` LowCardinality(String),
    `Environment` String,
    `TraceId` String,
    `SpanId` String,
    `InputMessages` String,
    `OutputMessages` String,
    `SystemInstructions` String,
    `ToolArguments` String,
    `ToolResult` String
)
AS SELECT
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
        argMinIf(said.InputMessages, (said.Timestamp, RecordPosition, RecordId), (RecordKind = 'details') AND (said.InputMessages != '')) AS WholeInput,
        argMinIf(said.OutputMessages, (said.Timestamp, RecordPosition, RecordId), (RecordKind = 'details') AND (said.OutputMessages != '')) AS WholeOutput,
        arraySort(groupArrayIf(((said.Timestamp, RecordPosition, RecordId), said.InputMessages), (RecordKind != 'details') AND (said.InputMessages != ''))) AS Inputs,
        arraySort(groupArrayIf(((said.Timestamp, RecordPosition, RecordId), said.OutputMessages), (RecordKind != 'details') AND (said.OutputMessages != ''))) AS Outputs,
        if(WholeInput != '', WholeInput, arrayStringConcat(Inputs.2, ',')) AS SaidInput,
        if(WholeOutput != '', WholeOutput, arrayStringConcat(Outputs.2, ',')) AS SaidOutput,
        argMinIf(said.SystemInstructions, (said.Timestamp, RecordPosition, RecordId), said.SystemInstructions != '') AS SaidSystem,
        argMinIf(said.ToolArguments, (said.Timestamp, RecordPosition, RecordId), said.ToolArguments != '') AS SaidArguments,
        argMinIf(said.ToolResult, (said.Timestamp, RecordPosition, RecordId), said.ToolResult != '') AS SaidResult
    FROM span_supplements AS said
    FINAL
    WHERE JoinSpanId != ''
    GROUP BY
        Tenant,
        JoinTraceId,
        JoinSpanId
)
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE trace_days
(
    `Tenant` LowCardinality(String),
    `TraceHash` UInt64,
    `Day` Date
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(Day)
ORDER BY (Tenant, TraceHash, Day)
SETTINGS index_granularity = 64, non_replicated_deduplication_window = 10000, auto_statistics_types = '';

CREATE MATERIALIZED VIEW trace_days_mv TO trace_days
(
    `Tenant` LowCardinality(String),
    `TraceHash` UInt64,
    `Day` Date
)
AS SELECT DISTINCT
    Tenant,
    place.1 AS TraceHash,
    place.2 AS Day
FROM
(
    SELECT
        Tenant,
        cityHash64('run', RunId) AS RunHash,
        arrayJoin(if(RunId = '', [(cityHash64(TraceId), Day)], [(cityHash64(TraceId), Day), (RunHash, Day), (RunHash, if(ClockSkewed = 1, toDate('1970-01-01'), toDate(Timestamp, 'UTC')))])) AS place
    FROM steps
);
