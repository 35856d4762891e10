-- ['limit', 'side_effect']
-- Run summaries, newest first. One row per run; times in nanoseconds. Reads the table as `runs_current` does:
-- planning the view takes as long as finding the run.
SELECT
    Tenant,
    Environment,
    RunId,
    TraceIds,
    Days,
    SessionId,
    UserId,
    Agent,
    AgentId,
    AgentVersion,
    Workflow,
    Version,
    toUnixTimestamp64Nano(StartedAt) AS StartedNs,
    toUnixTimestamp64Nano(EndedAt) AS EndedNs,
    DurationMs,
    Models,
    Steps,
    Retries,
    Errors,
    InputTokens,
    OutputTokens,
    CacheReadTokens,
    CacheWriteTokens,
    ReasoningTokens,
    CostUsd,
    ModelCostUsd,
    ToolCostUsd,
    ReviewCostUsd,
    PriceLists,
    UnpricedModels,
    RepricedAt,
    BudgetUsd,
    BudgetSteps,
    BudgetToolCalls,
    BudgetTokens,
    BudgetBreached,
    `Breaches.Limit` AS BreachLimits,
    arrayMap(at -> toUnixTimestamp64Nano(at), `Breaches.At`) AS BreachNs,
    `Breaches.TraceId` AS BreachTraceIds,
    `Breaches.SpanId` AS BreachSpanIds,
    OutcomeStatus,
    OutcomeReason,
    OutcomeSource,
    if(isNull(OutcomeAt), NULL, toUnixTimestamp64Micro(assumeNotNull(OutcomeAt)) * 1000) AS OutcomeNs,
    RootSeen,
    OrphanSpans,
    LateSpans,
    Findings,
    FailedClosed,
    PolicyVersion
FROM runs FINAL
WHERE IsDeleted = 0
    AND Tenant = {tenant:String}
    AND hasAny(SideEffects, {side_effect:Array(String)})
    AND Day IN
    (
        SELECT Day FROM runs WHERE Tenant = {tenant:String} AND hasAny(SideEffects, {side_effect:Array(String)})
        SETTINGS max_threads = 1, use_skip_indexes_on_data_read = 0
    )
ORDER BY StartedAt DESC, RunId DESC
LIMIT {limit:UInt32}

