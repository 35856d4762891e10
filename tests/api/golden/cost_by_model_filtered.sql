-- ['limit', 'offset', 'workflow']
-- Cost per outcome of the parts of runs. Wasted is what runs cost that failed, were cancelled or were escalated.
SELECT
    Model, 
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
-- Every chosen run split by model: one part per model that it called, holding what the calls of that model cost, and
-- one part without a model for what no model cost (tools, review), so that the parts add up to the run.
WITH
    chosen AS
    (
        SELECT *
        FROM runs_current
        WHERE Tenant = {tenant:String}
    AND Workflow IN {workflow:Array(String)}
    ),
    called AS
    (
        SELECT
            RunId AS CalledBy,
            Model AS CalledModel,
            sum(ModelCostUsd) AS CalledUsd,
            max(PriceStatus = 'unpriced') AS CalledUnpriced
        FROM steps_current
        WHERE Tenant = {tenant:String}
            AND IsCounted = 1
            AND Model != ''
            
            AND RunId IN (SELECT RunId FROM chosen)
        GROUP BY RunId, Model
    ),
    called_by_run AS
    (
        SELECT CalledBy, sum(CalledUsd) AS CalledUsd
        FROM called
        GROUP BY CalledBy
    )
SELECT
    StartedAt,
    Tenant,
    Environment,
    UserId,
    Agent,
    Workflow,
    Version,
    CalledModel AS Model,
    OutcomeStatus,
    BudgetBreached,
    CalledUnpriced AS Unpriced,
    toDecimal128(CalledUsd, 12) AS CostUsd,
    toDecimal128(CalledUsd, 12) AS ModelCostUsd,
    toDecimal128(0, 12) AS ToolCostUsd,
    toDecimal128(0, 12) AS ReviewCostUsd
FROM chosen
INNER JOIN called ON called.CalledBy = chosen.RunId
UNION ALL
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
    0 AS Unpriced,
    toDecimal128(chosen.CostUsd - called_by_run.CalledUsd, 12) AS CostUsd,
    toDecimal128(chosen.ModelCostUsd - called_by_run.CalledUsd, 12) AS ModelCostUsd,
    toDecimal128(chosen.ToolCostUsd, 12) AS ToolCostUsd,
    toDecimal128(chosen.ReviewCostUsd, 12) AS ReviewCostUsd
FROM chosen
LEFT JOIN called_by_run ON called_by_run.CalledBy = chosen.RunId
WHERE called_by_run.CalledBy = '' OR chosen.CostUsd != called_by_run.CalledUsd

) AS parts
GROUP BY Model
ORDER BY TotalUsd DESC, Model
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
