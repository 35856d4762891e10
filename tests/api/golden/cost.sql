-- ['limit', 'offset']
-- Cost per outcome of the parts of runs. Wasted is what runs cost that failed, were cancelled or were escalated.
SELECT
    
    count() AS Runs,
    sumMap(map(OutcomeStatus, toUInt64(1))) AS Outcomes,
    countIf(OutcomeStatus = 'success') AS Successes,
    sum(parts.CostUsd) AS TotalUsd,
    sum(parts.ModelCostUsd) AS ModelUsd,
    sum(parts.ToolCostUsd) AS ToolUsd,
    sum(parts.ReviewCostUsd) AS ReviewUsd,
    sumIf(parts.CostUsd, OutcomeStatus IN ('failure', 'cancelled', 'escalated')) AS WastedUsd,
    quantileExact(0.5)(parts.CostUsd) AS P50Usd,
    quantileExact(0.95)(parts.CostUsd) AS P95Usd,
    countIf(parts.Unpriced = 1) AS UnpricedRuns,
    countIf(parts.BudgetBreached = 1) AS BudgetBreaches
FROM
(
-- Every chosen run as one part: its whole cost.
SELECT
    StartedAt,
    Tenant,
    Environment,
    UserId,
    Agent,
    Workflow,
    Version,
    '' AS Model,
    OutcomeStatus,
    BudgetBreached,
    notEmpty(UnpricedModels) AS Unpriced,
    CostUsd,
    ModelCostUsd,
    ToolCostUsd,
    ReviewCostUsd
FROM runs_current
WHERE Tenant = {tenant:String}

) AS parts

ORDER BY TotalUsd DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
