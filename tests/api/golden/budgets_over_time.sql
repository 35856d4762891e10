-- ['limit', 'offset', 'workflow']
-- How runs keep to their budgets: those that have one, those that passed a limit, and how much of the money was used.
-- A run may pass several limits (usd, steps, tool_calls, tokens).
SELECT
    toUnixTimestamp(toStartOfDay(StartedAt, 'UTC')) AS BucketAt, Workflow, 
    count() AS Runs,
    countIf(isNotNull(BudgetUsd) OR isNotNull(BudgetSteps) OR isNotNull(BudgetToolCalls) OR isNotNull(BudgetTokens))
        AS BudgetedRuns,
    countIf(BudgetBreached = 1) AS BreachedRuns,
    sumMap(arrayMap(name -> toString(name), `Breaches.Limit`), arrayMap(name -> toUInt64(1), `Breaches.Limit`))
        AS Breaches,
    sumIf(CostUsd, isNotNull(BudgetUsd)) AS SpentUsd,
    sum(ifNull(BudgetUsd, 0)) AS AllowedUsd,
    if(BudgetedRuns = 0, NULL, BreachedRuns / BudgetedRuns) AS BreachRate,
    if(AllowedUsd = 0, NULL, toFloat64(SpentUsd) / AllowedUsd) AS UsedShare,
    if(AllowedUsd = 0, NULL, quantileExactIf(0.95)(toFloat64(CostUsd) / assumeNotNull(BudgetUsd), BudgetUsd > 0))
        AS UsedShareP95
FROM runs_current
WHERE Tenant = {tenant:String}
    AND Workflow IN {workflow:Array(String)}
GROUP BY BucketAt, Workflow
ORDER BY BucketAt, Runs DESC, Workflow
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
