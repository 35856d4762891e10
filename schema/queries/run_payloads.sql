-- What was said in the traces of one run, found by its days and with one thread, as in run_steps.sql.
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
WHERE Tenant = {tenant:String}
    AND TraceId IN {trace_ids:Array(String)}
    AND Day IN {days:Array(Date)}
SETTINGS max_threads = 1
