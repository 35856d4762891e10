-- Events of requests to open originals, all or those of one, since a time; oldest first.
SELECT
    Environment,
    RequestId,
    EventId,
    toUnixTimestamp64Micro(At) AS AtMicros,
    Kind,
    KeyId,
    RunId,
    Reason,
    Ticket,
    Minutes,
    Mac
FROM break_glass_events FINAL
WHERE Tenant = {tenant:String}
    AND ({request_id:String} = '' OR RequestId = {request_id:String})
    AND At >= fromUnixTimestamp64Micro({since_micros:Int64})
ORDER BY At, EventId
SETTINGS max_threads = 1
