-- Sealed originals of the traces of one run, and of the log records that were joined to them.
SELECT
    TraceId,
    SpanId,
    RecordId,
    base64Encode(Sealed) AS Sealed
FROM sealed_originals FINAL
WHERE Tenant = {tenant:String}
    AND
    (
        TraceId IN {trace_ids:Array(String)}
        OR (RecordId != '' AND RecordId IN {record_ids:Array(String)})
    )
SETTINGS max_threads = 1
