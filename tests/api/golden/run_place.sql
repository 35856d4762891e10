-- ['run_id']
-- Where a run lies: few columns, because every day's partition is looked into.
SELECT
    TraceIds,
    Days,
    Day,
    toUnixTimestamp64Nano(StartedAt) AS StartedNs,
    toUnixTimestamp64Nano(EndedAt) AS EndedNs
FROM runs FINAL
WHERE IsDeleted = 0
    AND Tenant = {tenant:String}
    AND RunId = {run_id:String}
ORDER BY runs.StartedAt DESC
LIMIT 1
SETTINGS max_threads = 1
