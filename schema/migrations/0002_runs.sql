-- What is worked out: steps in their traces, runs, and the outcomes said of them.

-- One narrow row per span: what analytics and the run roll-up read. The facts come from the span; RunId, Agent,
-- Workflow, Version, Depth and the flags are worked out by the loader over the whole trace, and written again with
-- a higher AssembledAt when more of the trace arrives.
CREATE TABLE IF NOT EXISTS steps {on_cluster}
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
    -- worked out by the loader over the whole trace (collector/assemble.py)
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
ENGINE = {engine:ReplacingMergeTree:AssembledAt}
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId)
SETTINGS index_granularity = 256, {dedup_window};

-- In which days a trace has steps: tells the loader quickly that a trace is new, and else which partitions to read.
CREATE TABLE IF NOT EXISTS trace_days {on_cluster}
(
    Tenant LowCardinality(String),
    TraceHash UInt64,
    Day Date
)
ENGINE = {engine:ReplacingMergeTree}
PARTITION BY toYYYYMM(Day)
ORDER BY (Tenant, TraceHash, Day)
SETTINGS index_granularity = 64, {dedup_window};

CREATE MATERIALIZED VIEW IF NOT EXISTS trace_days_mv {on_cluster} TO trace_days AS
SELECT DISTINCT Tenant, cityHash64(TraceId) AS TraceHash, Day
FROM steps;

-- One row per run, worked out from its steps and outcomes by schema/runs.py whenever one of them
-- changes; the latest RefreshedAt stands, IsDeleted takes a run away that turned out to be part of another.
CREATE TABLE IF NOT EXISTS runs {on_cluster}
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
ENGINE = {engine:ReplacingMergeTree:RefreshedAt, IsDeleted}
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId)
SETTINGS index_granularity = 512, {dedup_window};

-- Outcomes said after the fact, by people or systems; the latest At stands, all are kept.
CREATE TABLE IF NOT EXISTS outcomes {on_cluster}
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
ENGINE = {engine:ReplacingMergeTree}
PARTITION BY toYYYYMM(RecordedAt)
ORDER BY (Tenant, RunId, At, OutcomeId)
SETTINGS index_granularity = 512, {dedup_window};
