-- ['limit', 'offset', 'workflow']
-- Latency of runs by workflow, version or both, when nothing but these chooses the runs. A run has one workflow and
-- one version, and the loader writes them on each of its steps, so first tokens need not be joined run by run: half
-- the time of latency_of_runs.sql, and the same numbers.
WITH told AS
(
    SELECT
        Version, Workflow, 
        count() AS FirstTokenCount,
        quantileExact(0.95)(assumeNotNull(FirstTokenMs)) AS FirstTokenP95
    FROM steps_current
    WHERE Tenant = {tenant:String}
    AND Workflow IN {workflow:Array(String)}
        AND AssembledAt > 0
        AND StepType = 'model_call'
        AND IsCall = 1
        AND isNotNull(FirstTokenMs)
    GROUP BY Version, Workflow
)
SELECT *
FROM
(
    SELECT
        Version, Workflow, 
        count() AS Count,
        countIf(OutcomeStatus = 'failure') AS Errors,
        quantilesExact(0.5, 0.9, 0.95, 0.99)(DurationMs) AS Quantiles,
        max(DurationMs) AS MaxMs
    FROM runs_current
    WHERE Tenant = {tenant:String}
    AND Workflow IN {workflow:Array(String)}
    GROUP BY Version, Workflow
) AS measured
LEFT JOIN told USING (Version, Workflow)
ORDER BY Count DESC, Version, Workflow
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
