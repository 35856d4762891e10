-- In which days a run may lie, by the hash that trace_days knows runs by. Parameters: tenant, run_id.
SELECT DISTINCT Day
FROM trace_days
WHERE Tenant = {tenant:String} AND TraceHash = cityHash64('run', {run_id:String})
-- on a cluster these rows lie with the run's steps, not where the hash would put them
SETTINGS max_threads = 1, optimize_skip_unused_shards = 0
