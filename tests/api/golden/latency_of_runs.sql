-- ['limit', 'offset', 'since', 'since_day']
-- Latency of runs, start of the first step to the end of the last. First tokens are those of the runs' model calls.
-- A run with several models or tools counts once in the group of each.
WITH
    chosen AS
    (
        SELECT *
        FROM runs_current
        WHERE Tenant = {tenant:String}
    AND StartedAt >= fromUnixTimestamp64Nano({since:Int64})
    AND (Day >= {since_day:Date} OR Day = toDate('1970-01-01'))
    ),
    first_tokens AS
    (
        SELECT RunId AS CalledBy, groupArray(assumeNotNull(FirstTokenMs)) AS FirstTokens
        FROM steps_current
        WHERE Tenant = {tenant:String}
            AND StepType = 'model_call'
            AND IsCall = 1
            AND isNotNull(FirstTokenMs)
            AND (Day >= {since_day:Date} OR Day = toDate('1970-01-01'))
            AND RunId IN (SELECT RunId FROM chosen)
        GROUP BY RunId
    )
SELECT
    
    count() AS Count,
    countIf(OutcomeStatus = 'failure') AS Errors,
    quantilesExact(0.5, 0.9, 0.95, 0.99)(DurationMs) AS Quantiles,
    max(DurationMs) AS MaxMs,
    sum(length(FirstTokens)) AS FirstTokenCount,
    quantileExactArray(0.95)(FirstTokens) AS FirstTokenP95
FROM
(
    SELECT StartedAt, Workflow, Version, Agent,  OutcomeStatus, DurationMs, FirstTokens
    FROM chosen
    LEFT JOIN first_tokens ON first_tokens.CalledBy = chosen.RunId
)

ORDER BY Count DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
