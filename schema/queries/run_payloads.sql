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
    AND
    (
        Day BETWEEN toDate(fromUnixTimestamp64Nano({first_ns:Int64}, 'UTC'))
            AND toDate(fromUnixTimestamp64Nano({last_ns:Int64}, 'UTC'))
        OR Day = toDate('1970-01-01')
    )
SETTINGS max_threads = 1
