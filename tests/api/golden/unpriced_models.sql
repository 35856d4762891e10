-- ['first_ns', 'last_ns', 'limit']
-- Models whose tokens have no price, with how often and how much, the largest first. Parameters: tenant, first_ns,
-- last_ns (starts of steps, nanoseconds; the last is not in it), limit.
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
    AND PriceStatus = 'unpriced'
    AND IsCounted = 1
    AND steps_current.Timestamp >= fromUnixTimestamp64Nano({first_ns:Int64})
    AND steps_current.Timestamp < fromUnixTimestamp64Nano({last_ns:Int64})
GROUP BY Provider, Model
ORDER BY TotalInputTokens + TotalOutputTokens DESC, Model
LIMIT {limit:UInt32}
