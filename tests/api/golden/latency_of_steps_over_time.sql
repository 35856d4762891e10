-- ['limit', 'offset']
-- Latency of steps. A call told by two spans counts once (IsCall).
SELECT
    toUnixTimestamp(toStartOfMinute(Timestamp, 'UTC')) AS BucketAt, Model, 
    count() AS Count,
    countIf(HasFailed = 1) AS Errors,
    arrayMap(nanos -> nanos / 1e6, quantilesExact(0.5, 0.9, 0.95, 0.99)(Duration)) AS Quantiles,
    max(Duration) / 1e6 AS MaxMs,
    countIf(StepType = 'model_call' AND isNotNull(FirstTokenMs)) AS FirstTokenCount,
    quantileExactIf(0.95)(assumeNotNull(FirstTokenMs), StepType = 'model_call' AND isNotNull(FirstTokenMs))
        AS FirstTokenP95
FROM steps_current
WHERE Tenant = {tenant:String}
    AND AssembledAt > 0
    AND IsCall = 1
    AND (StepType IN ('model_call', 'embedding', 'rerank'))
GROUP BY BucketAt, Model
ORDER BY BucketAt, Count DESC, Model
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
