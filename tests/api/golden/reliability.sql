-- ['limit', 'offset']
-- How well runs do. Rates of outcomes are over the runs whose outcome is known; null where nothing can be divided.
-- A silent failure: the agent claimed success, and the outcome that stands is another. A wrong write: the run changed
-- something outside and failed. Waiting for approval is summed per run; its 95th is over runs that asked for one.
SELECT
    
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

ORDER BY Runs DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
