-- Calls that have, or miss, a price, with what it depends on; `parts` splits them by run, so that a run is whole in one.
-- Parameters: tenant, environment (empty for all), first_ns, last_ns (starts of calls, nanoseconds; the last is not in
-- it), part, parts.
SELECT
    RunId,
    TraceId,
    SpanId,
    toUnixTimestamp64Nano(steps.Timestamp) AS StartedNs,
    IsCounted,
    ModelCostUsd,
    PriceStatus,
    PriceList,
    StepType,
    Provider,
    Model,
    RequestModel,
    ServiceTier,
    InputTokens,
    OutputTokens,
    CacheReadTokens,
    CacheWriteTokens,
    CacheWrite1hTokens,
    ReasoningTokens,
    AudioInputTokens,
    AudioOutputTokens,
    CacheAudioTokens
FROM steps FINAL
WHERE Tenant = {tenant:String}
    AND ({environment:String} = '' OR Environment = {environment:String})
    AND steps.Timestamp >= fromUnixTimestamp64Nano({first_ns:Int64})
    AND steps.Timestamp < fromUnixTimestamp64Nano({last_ns:Int64})
    AND (PriceStatus IN ('priced', 'unpriced') OR (PriceStatus = 'reported' AND InputTokens + OutputTokens > 0))
    AND cityHash64(RunId) % {parts:UInt32} = {part:UInt32}
