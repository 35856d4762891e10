-- ['limit', 'offset', 'since', 'since_day', 'workflow']
-- What the redactor did to the chosen spans. Without groups one row, also when there are none.
SELECT
    
    count() AS Spans,
    sum(RedactionBytes) AS Bytes,
    sum(RedactionFailed) AS Failed,
    sumMap(mapKeys(RedactionFindings), arrayMap(count -> toUInt64(count), mapValues(RedactionFindings))) AS Findings,
    sumMap([toString(PolicyVersion)], [toUInt64(1)]) AS Versions,
    argMax(toString(PolicyVersion), Timestamp) AS LastVersion
FROM steps_current
WHERE Tenant = {tenant:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND (Day >= {since_day:Date} OR Day = toDate('1970-01-01'))
    AND Workflow IN {workflow:Array(String)}

ORDER BY Spans DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
