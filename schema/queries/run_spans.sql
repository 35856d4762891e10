-- Attributes and status messages of the spans of one run, found by its days and with one thread, as in run_steps.sql.
SELECT
    TraceId,
    SpanId,
    StatusMessage,
    SpanAttributes
FROM otel_traces FINAL
WHERE Tenant = {tenant:String}
    AND TraceId IN {trace_ids:Array(String)}
    AND Day IN {days:Array(Date)}
SETTINGS max_threads = 1
