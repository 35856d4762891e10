-- ['days', 'limit', 'run_id', 'trace_ids']
-- The steps of one run, without what was said. Times in nanoseconds. The days of its steps let ClickHouse open few
-- partitions. Reads the table, not the view over it: planning a view
-- of a hundred columns costs more than reading one run (17 ms against 11).
-- PREWHERE reads the other columns of what it lets through alone; with FINAL the engine leaves that to us, as it is right
-- only for what all versions of a row have alike: key and partition, not the environment or the run.
SELECT
    TraceId,
    SpanId,
    ParentSpanId,
    toUnixTimestamp64Nano(Timestamp) AS StartedNs,
    Duration,
    SpanName,
    StatusCode,
    StepType,
    ErrorType,
    Agent,
    Provider,
    Model,
    FinishReason,
    ServiceTier,
    InputTokens,
    OutputTokens,
    CacheReadTokens,
    CacheWriteTokens,
    ReasoningTokens,
    FirstTokenMs,
    ModelCostUsd,
    ToolCostUsd,
    ReviewCostUsd,
    PriceStatus,
    PriceList,
    RepricedAt,
    ToolName,
    ToolCallId,
    InputHash,
    SideEffects,
    PolicyRule,
    PolicyDecision,
    PolicyReason,
    ApprovalType,
    ApprovalRequired,
    ApprovalApproved,
    ApprovalApprover,
    `Scores.Name` AS ScoreNames,
    `Scores.Value` AS ScoreValues,
    `Scores.Label` AS ScoreLabels,
    `Scores.Explanation` AS ScoreExplanations,
    IsCall,
    IsCounted,
    IsRetry,
    IsFailure,
    HasFailed,
    IsOrphan,
    Overlaid
FROM steps FINAL
PREWHERE TraceId IN {trace_ids:Array(String)} AND Day IN {days:Array(Date)}
WHERE Tenant = {tenant:String}
    AND RunId = {run_id:String}
ORDER BY steps.Timestamp, TraceId, SpanId
LIMIT {limit:UInt32}
-- a run is a few granules: handing them to more threads took a quarter more CPU than reading them
-- and to come back for the other columns once the rows are known cost 9 ms of 24
SETTINGS max_threads = 1, query_plan_optimize_lazy_materialization = 0
