-- ['agent', 'environment', 'limit', 'min_cost_usd', 'model', 'offset', 'outcome', 'q', 'side_effect', 'since', 'since_day', 'tool', 'until', 'until_day', 'user', 'version', 'workflow']
-- How well runs do. Rates of outcomes are over the runs whose outcome is known; null where nothing can be divided.
-- A silent failure: the agent claimed success, and the outcome that stands is another. A wrong write: the run changed
-- something outside and failed. Waiting for approval is summed per run; its 95th is over runs that asked for one.
SELECT
    toUnixTimestamp(toStartOfDay(StartedAt, 'UTC')) AS BucketAt, Workflow, Version, Agent, Environment, 
    count() AS Runs,
    countIf(OutcomeStatus != 'unknown') AS KnownRuns,
    countIf(OutcomeStatus = 'success') AS Successes,
    countIf(ClaimedStatus = 'success') AS Claims,
    countIf(ClaimedStatus = 'success' AND OutcomeStatus != 'success') AS SilentFailures,
    countIf(notEmpty(SideEffects) AND OutcomeStatus != 'unknown') AS WritingRuns,
    sum(ToolCalls) AS ToolCallCount,
    sum(FailedToolCalls) AS FailedToolCallCount,
    sum(Retries) AS RetryCount,
    sum(Errors) AS ErrorCount,
    sum(Approvals) AS ApprovalCount,
    sum(PolicyViolations) AS ViolationCount,
    countIf(BudgetBreached = 1) AS BudgetBreaches,
    if(KnownRuns = 0, NULL, Successes / KnownRuns) AS CompletionRate,
    if(KnownRuns = 0, NULL, countIf(OutcomeStatus = 'escalated') / KnownRuns) AS EscalationRate,
    if(Claims = 0, NULL, SilentFailures / Claims) AS SilentFailureRate,
    if(WritingRuns = 0, NULL, countIf(notEmpty(SideEffects) AND OutcomeStatus = 'failure') / WritingRuns)
        AS WrongWriteRate,
    if(ToolCallCount = 0, NULL, FailedToolCallCount / ToolCallCount) AS ToolErrorRate,
    if(Runs = 0, NULL, RetryCount / Runs) AS RetriesPerRun,
    if(Runs = 0, NULL, sum(Steps) / Runs) AS StepsMean,
    if(Runs = 0, NULL, quantileExact(0.95)(Steps)) AS StepsP95,
    if(Runs = 0, NULL, ToolCallCount / Runs) AS ToolCallsMean,
    if(Runs = 0, NULL, quantileExact(0.95)(ToolCalls)) AS ToolCallsP95,
    if(ApprovalCount = 0, NULL, sum(ApprovalWaitMs) / ApprovalCount) AS ApprovalWaitMean,
    if(ApprovalCount = 0, NULL, quantileExactIf(0.95)(ApprovalWaitMs, Approvals > 0)) AS ApprovalWaitP95,
    if(Runs = 0, NULL, 1000 * ViolationCount / Runs) AS ViolationsPer1000
FROM runs_current
WHERE Tenant = {tenant:String}
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
GROUP BY BucketAt, Workflow, Version, Agent, Environment
ORDER BY BucketAt, Runs DESC, Workflow, Version, Agent, Environment
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
