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
WHERE $conditions
