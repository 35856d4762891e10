-- ['days', 'run_id']
-- What a run cost before its calls were priced anew, oldest first. Parameters: tenant, run_id.
SELECT
    toUnixTimestamp64Micro(repricings.At) * 1000 AS AtNs,
    Calls,
    OldCostUsd,
    NewCostUsd,
    OldPriceLists,
    NewPriceLists
FROM repricings FINAL
WHERE Tenant = {tenant:String} AND RunId = {run_id:String} AND Day IN {days:Array(Date)}
ORDER BY repricings.At, RepricingId
SETTINGS max_threads = 1
