-- What to read: each span, step and run once, the latest form of it. API, boards and hand-written SQL use these.

CREATE VIEW IF NOT EXISTS steps_current {on_cluster} AS
SELECT * FROM steps FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE VIEW IF NOT EXISTS runs_current {on_cluster} AS
SELECT * FROM runs FINAL
WHERE IsDeleted = 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Trace id to time range, as the Collector's exporter keeps it and Grafana's plugin looks it up. There it is a table
-- filled at each insert; here `steps` is in the order of trace ids anyway, and one table less is written.
CREATE VIEW IF NOT EXISTS otel_traces_trace_id_ts {on_cluster} AS
SELECT
    Tenant,
    TraceId,
    toDateTime(min(Timestamp)) AS Start,
    toDateTime(max(Timestamp + toIntervalNanosecond(Duration))) AS End
FROM steps
GROUP BY Tenant, TraceId;

-- Cost per outcome by workflow, version, environment and day of the run's start.
CREATE VIEW IF NOT EXISTS cost_per_outcome {on_cluster} AS
SELECT
    Tenant,
    Environment,
    Workflow,
    Version,
    toDate(StartedAt) AS Date,
    count() AS Runs,
    countIf(OutcomeStatus = 'success') AS Successes,
    countIf(OutcomeStatus = 'failure') AS Failures,
    countIf(OutcomeStatus = 'escalated') AS Escalations,
    countIf(OutcomeStatus = 'deflected') AS Deflections,
    sum(CostUsd) AS TotalUsd,
    sum(ModelCostUsd) AS ModelUsd,
    sum(ToolCostUsd) AS ToolUsd,
    sum(ReviewCostUsd) AS ReviewUsd,
    sumIf(CostUsd, OutcomeStatus IN ('failure', 'cancelled', 'escalated')) AS WastedUsd,
    if(Successes = 0, NULL, toFloat64(TotalUsd) / Successes) AS CostPerSuccessUsd,
    countIf(notEmpty(UnpricedModels)) AS UnpricedRuns
FROM runs_current
GROUP BY Tenant, Environment, Workflow, Version, Date;

-- Latency of steps by workflow, version, model, tool and day.
CREATE VIEW IF NOT EXISTS step_latency {on_cluster} AS
SELECT
    Tenant,
    Environment,
    Workflow,
    Version,
    StepType,
    Model,
    ToolName,
    toDate(Timestamp) AS Date,
    count() AS Steps,
    countIf(StatusCode = 'Error') AS Errors,
    quantileExact(0.5)(Duration) / 1e6 AS P50Ms,
    quantileExact(0.95)(Duration) / 1e6 AS P95Ms,
    quantileExact(0.99)(Duration) / 1e6 AS P99Ms
FROM steps_current
WHERE IsCall = 1
GROUP BY Tenant, Environment, Workflow, Version, StepType, Model, ToolName, Date;
