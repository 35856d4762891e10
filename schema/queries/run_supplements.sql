-- What log records say of the spans in the traces of one run; asked only for a run that has any.
SELECT
    TraceId,
    SpanId,
    InputMessages,
    OutputMessages,
    SystemInstructions,
    ToolArguments,
    ToolResult
FROM supplement_payloads
WHERE Tenant = {tenant:String} AND TraceId IN {trace_ids:Array(String)}
