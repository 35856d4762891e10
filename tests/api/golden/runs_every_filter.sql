-- ['after_id', 'after_ns', 'agent', 'environment', 'limit', 'min_cost_usd', 'model', 'outcome', 'q', 'side_effect', 'since', 'since_day', 'tool', 'until', 'until_day', 'user', 'version', 'workflow']
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
    AND StartedAt >= fromUnixTimestamp64Nano({since:Int64})
    AND (Day >= {since_day:Date} OR Day = toDate('1970-01-01'))
    AND StartedAt < fromUnixTimestamp64Nano({until:Int64})
    AND Day <= {until_day:Date}
    AND Workflow IN {workflow:Array(String)}
    AND Version IN {version:Array(String)}
    AND Agent IN {agent:Array(String)}
    AND Environment IN {environment:Array(String)}
    AND OutcomeStatus IN {outcome:Array(String)}
    AND UserId IN {user:Array(String)}
    AND hasAny(Models, {model:Array(String)})
    AND hasAny(Tools, {tool:Array(String)})
    AND arrayExists(entry -> has({side_effect:Array(String)}, entry) OR has({side_effect:Array(String)}, substring(entry, 1, position(entry, ':') - 1)) OR has({side_effect:Array(String)}, substring(entry, position(entry, ':') + 1)), SideEffects)
    AND CostUsd >= {min_cost_usd:Decimal(38, 12)}
    AND positionCaseInsensitiveUTF8(arrayStringConcat(arrayConcat([RunId, SessionId, UserId, CustomerId, ServiceName, Agent, AgentId, Workflow, Version, OutcomeReason], Models, Tools, SideEffects, TraceIds), '\n'), {q:String}) > 0
    AND StartedAt <= fromUnixTimestamp64Nano({after_ns:Int64})
    AND (toUnixTimestamp64Nano(StartedAt), RunId) < ({after_ns:Int64}, {after_id:String})
ORDER BY StartedAt DESC, RunId DESC
LIMIT {limit:UInt32}

