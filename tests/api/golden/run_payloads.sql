-- ['first_ns', 'last_ns', 'trace_ids']
-- What was said in the traces of one run, found by its days and with one thread, as in run_steps.sql; where a span
-- says nothing, what log records say of it.
SELECT
    TraceId,
    SpanId,
    if(own.InputMessages != '', own.InputMessages, said.InputMessages) AS InputMessages,
    if(own.OutputMessages != '', own.OutputMessages, said.OutputMessages) AS OutputMessages,
    if(own.SystemInstructions != '', own.SystemInstructions, said.SystemInstructions) AS SystemInstructions,
    if(own.ToolArguments != '', own.ToolArguments, said.ToolArguments) AS ToolArguments,
    if(own.ToolResult != '', own.ToolResult, said.ToolResult) AS ToolResult,
    Documents,
    PayloadAttributes
FROM
(
    SELECT *
    FROM span_payloads FINAL
    WHERE Tenant = {tenant:String}
        AND TraceId IN {trace_ids:Array(String)}
        AND
        (
            Day BETWEEN toDate(fromUnixTimestamp64Nano({first_ns:Int64}, 'UTC'))
                AND toDate(fromUnixTimestamp64Nano({last_ns:Int64}, 'UTC'))
            OR Day = toDate('1970-01-01')
        )
) AS own
LEFT JOIN
(
    SELECT *
    FROM supplement_payloads
    WHERE Tenant = {tenant:String} AND TraceId IN {trace_ids:Array(String)}
) AS said USING (TraceId, SpanId)
SETTINGS max_threads = 1
