-- ['limit', 'since', 'since_day']
-- Models whose tokens have no price, with how often and how much, the largest first.
SELECT
    Provider,
    Model,
    count() AS Spans,
    uniqExact(RunId) AS Runs,
    sum(InputTokens) AS TotalInputTokens,
    sum(OutputTokens) AS TotalOutputTokens,
    toUnixTimestamp64Nano(min(steps_current.Timestamp)) AS FirstNs,
    toUnixTimestamp64Nano(max(steps_current.Timestamp)) AS LastNs
FROM steps_current
WHERE Tenant = {tenant:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND (Day >= {since_day:Date} OR Day = toDate('1970-01-01'))
    AND PriceStatus = 'unpriced'
    AND IsCounted = 1
GROUP BY Provider, Model
ORDER BY TotalInputTokens + TotalOutputTokens DESC, Model
LIMIT {limit:UInt32}
