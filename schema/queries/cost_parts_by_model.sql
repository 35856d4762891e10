-- Every chosen run split by model: one part per model that it called, holding what the calls of that model cost, and
-- one part without a model for what no model cost (tools, review), so that the parts add up to the run. Steps are read
-- and joined once: a run carries its parts in an array.
WITH
    chosen AS
    (
        SELECT *
        FROM runs_current
        WHERE $conditions
    ),
    called AS
    (
        SELECT
            CalledBy,
            groupArray((CalledModel, ModelUsd, IsUnpriced)) AS Calls,
            sum(ModelUsd) AS CalledUsd
        FROM
        (
            SELECT
                RunId AS CalledBy,
                toString(Model) AS CalledModel,
                toDecimal128(sum(ModelCostUsd), 12) AS ModelUsd,
                toUInt8(max(PriceStatus = 'unpriced')) AS IsUnpriced
            FROM steps_current
            WHERE Tenant = {tenant:String}
                AND IsCounted = 1
                AND Model != ''
                $days
                $only_chosen
            GROUP BY CalledBy, CalledModel
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
    Part.1 AS Model,
    OutcomeStatus,
    BudgetBreached,
    Part.3 AS Unpriced,
    Part.2 AS CostUsd,
    if(Model = '', toDecimal128(RunModelUsd - CalledUsd, 12), Part.2) AS ModelCostUsd,
    if(Model = '', RunToolUsd, toDecimal128(0, 12)) AS ToolCostUsd,
    if(Model = '', RunReviewUsd, toDecimal128(0, 12)) AS ReviewCostUsd
FROM
(
    SELECT
        StartedAt,
        Tenant,
        Environment,
        UserId,
        Agent,
        Workflow,
        Version,
        OutcomeStatus,
        BudgetBreached,
        CalledUsd,
        chosen.ModelCostUsd AS RunModelUsd,
        toDecimal128(chosen.ToolCostUsd, 12) AS RunToolUsd,
        toDecimal128(chosen.ReviewCostUsd, 12) AS RunReviewUsd,
        toDecimal128(chosen.CostUsd - CalledUsd, 12) AS Rest,
        if(empty(Calls) OR Rest != 0, arrayPushBack(Calls, ('', Rest, toUInt8(0))), Calls) AS Parts
    FROM chosen
    LEFT JOIN called ON called.CalledBy = chosen.RunId
)
ARRAY JOIN Parts AS Part
