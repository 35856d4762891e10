-- Which of some traces have steps already, and in which days. Parameters: tenant, trace_ids.
SELECT DISTINCT TraceHash, Day
FROM trace_days
WHERE Tenant = {tenant:String}
    AND TraceHash IN (SELECT cityHash64(arrayJoin({trace_ids:Array(String)})))
