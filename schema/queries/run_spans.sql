-- Attributes and status messages of the spans of one run, found by its days, with PREWHERE and one thread, as in run_steps.sql.
SELECT
    TraceId,
    SpanId,
    StatusMessage,
    SpanAttributes
FROM otel_traces FINAL
PREWHERE TraceId IN {trace_ids:Array(String)} AND Day IN {days:Array(Date)}
WHERE Tenant = {tenant:String}
SETTINGS max_threads = 1
