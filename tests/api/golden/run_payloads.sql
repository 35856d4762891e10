-- ['days', 'trace_ids']
-- What was said in the traces of one run, found by its days, with PREWHERE and one thread, as in run_steps.sql.
SELECT
    TraceId,
    SpanId,
    InputMessages,
    OutputMessages,
    SystemInstructions,
    ToolArguments,
    ToolResult,
    Documents,
    PayloadAttributes
FROM span_payloads FINAL
PREWHERE TraceId IN {trace_ids:Array(String)} AND Day IN {days:Array(Date)}
WHERE Tenant = {tenant:String}
SETTINGS max_threads = 1
