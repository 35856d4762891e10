-- In which days some runs may lie, as find_run_days.sql has it for one. Parameters: tenant, run_ids.
SELECT DISTINCT Day
FROM trace_days
WHERE Tenant = {tenant:String} AND TraceHash IN (SELECT cityHash64('run', arrayJoin({run_ids:Array(String)})))
SETTINGS max_threads = 1, optimize_skip_unused_shards = 0
