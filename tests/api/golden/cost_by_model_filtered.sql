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
    -- the steps are read once, and each run's models kept together
    called AS
    (
        SELECT CalledBy, groupArray((CalledModel, Usd, Unpriced)) AS Calls, sum(Usd) AS CalledUsd
        FROM
        (
            SELECT
                RunId AS CalledBy,
                toString(Model) AS CalledModel,
                toDecimal128(sum(ModelCostUsd), 12) AS Usd,
                toUInt8(max(PriceStatus = 'unpriced')) AS Unpriced
            FROM steps_current
            WHERE Tenant = {tenant:String}
                AND IsCounted = 1
                AND Model != ''
                
                AND RunId IN (SELECT RunId FROM chosen)
            GROUP BY RunId, Model
        )
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
    part.1 AS Model,
    OutcomeStatus,
    BudgetBreached,
    part.3 AS Unpriced,
    part.2 AS CostUsd,
    if(Model = '', part.4, part.2) AS ModelCostUsd,
    if(Model = '', toDecimal128(ToolUsd, 12), 0) AS ToolCostUsd,
    if(Model = '', toDecimal128(ReviewUsd, 12), 0) AS ReviewCostUsd
FROM
(
    SELECT
        StartedAt, Tenant, Environment, UserId, Agent, Workflow, Version, OutcomeStatus, BudgetBreached,
        chosen.ToolCostUsd AS ToolUsd, chosen.ReviewCostUsd AS ReviewUsd,
        arrayConcat(
            arrayMap(call -> (call.1, call.2, call.3, call.2), Calls),
            if(
                empty(Calls) OR chosen.CostUsd != CalledUsd,
                [('', toDecimal128(chosen.CostUsd - CalledUsd, 12), 0, toDecimal128(chosen.ModelCostUsd - CalledUsd, 12))],
                []
            )
        ) AS Parts
    FROM chosen
    LEFT JOIN called ON called.CalledBy = chosen.RunId
)
ARRAY JOIN Parts AS part

) AS parts
GROUP BY Model
ORDER BY TotalUsd DESC, Model
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
