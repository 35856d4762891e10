-- Every span of the traces of some runs, with the run it belongs to; a trace whose steps have expired has one row
-- without a span. Parameters: tenant, runs.
SELECT TraceId, SpanId, RunId
FROM steps FINAL
WHERE Tenant = {tenant:String} AND TraceId IN
(
    SELECT TraceId FROM steps FINAL WHERE Tenant = {tenant:String} AND RunId IN {runs:Array(String)}
)
UNION ALL
SELECT arrayJoin(TraceIds) AS TraceId, '' AS SpanId, RunId
FROM runs FINAL
WHERE Tenant = {tenant:String} AND IsDeleted = 0 AND RunId IN {runs:Array(String)}
