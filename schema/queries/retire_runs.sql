-- Take away rows of `runs` that the last refresh did not renew: a run that turned out to belong to another, or that
-- moved to another partition. Those that are closed stay. Parameters: tenant, trace_ids, run_ids, closed,
-- refreshed_before (micros).
INSERT INTO runs (Tenant, Environment, RetentionClass, Day, RunId, RefreshedAt, IsDeleted)
SELECT
    Tenant,
    Environment,
    RetentionClass,
    Day,
    RunId,
    {refreshed_before:UInt64} AS RefreshedAt,
    1 AS IsDeleted
FROM runs FINAL
WHERE Tenant = {tenant:String}
    AND (hasAny(TraceIds, {trace_ids:Array(String)}) OR RunId IN {run_ids:Array(String)})
    AND runs.RefreshedAt < {refreshed_before:UInt64}
    AND RunId NOT IN {closed:Array(String)}
