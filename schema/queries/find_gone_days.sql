-- Days in which some traces had steps that are gone. Parameters: tenant, trace_ids.
SELECT TraceHash, Day
FROM trace_days
WHERE Tenant = {tenant:String}
    AND TraceHash IN (SELECT cityHash64(arrayJoin({trace_ids:Array(String)})))
    AND (TraceHash, Day) NOT IN
    (
        SELECT cityHash64(TraceId), Day
        FROM steps
        WHERE Tenant = {tenant:String} AND TraceId IN {trace_ids:Array(String)}
    )
LIMIT 1
