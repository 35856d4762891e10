-- ['first_ns', 'last_ns', 'trace_ids']
-- Attributes and status messages of the spans of one run. The time range lets ClickHouse skip what cannot match.
SELECT
    TraceId,
    SpanId,
    StatusMessage,
    SpanAttributes
FROM otel_traces FINAL
WHERE Tenant = {tenant:String}
    AND TraceId IN {trace_ids:Array(String)}
    AND toStartOfHour(Timestamp) BETWEEN toStartOfHour(fromUnixTimestamp64Nano({first_ns:Int64}))
        AND toStartOfHour(fromUnixTimestamp64Nano({last_ns:Int64}))
