-- Log records joined to spans of one run: which span each belongs to, and its texts as they were stored.
SELECT
    TraceId,
    SpanId,
    RecordId,
    JoinTraceId,
    JoinSpanId,
    InputMessages,
    OutputMessages,
    SystemInstructions,
    ToolArguments,
    ToolResult
FROM span_supplements FINAL
WHERE Tenant = {tenant:String} AND JoinTraceId IN {trace_ids:Array(String)}
SETTINGS max_threads = 1
