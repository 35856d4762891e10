-- ['trace_ids']
-- What was said in the traces of one run.
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
WHERE Tenant = {tenant:String} AND TraceId IN {trace_ids:Array(String)}
