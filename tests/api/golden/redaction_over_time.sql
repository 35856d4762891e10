-- ['agent', 'limit', 'offset']
-- What the redactor did to the chosen spans. Without groups one row, also when there are none.
SELECT
    toUnixTimestamp(toStartOfDay(Timestamp, 'UTC')) AS BucketAt, Workflow, 
    count() AS Spans,
    sum(RedactionBytes) AS Bytes,
    sum(RedactionFailed) AS Failed,
    sumMap(mapKeys(RedactionFindings), arrayMap(count -> toUInt64(count), mapValues(RedactionFindings))) AS Findings,
    sumMap([toString(PolicyVersion)], [toUInt64(1)]) AS Versions,
    argMax(toString(PolicyVersion), Timestamp) AS LastVersion
FROM steps_current
WHERE Tenant = {tenant:String}
    AND Agent IN {agent:Array(String)}
GROUP BY BucketAt, Workflow
ORDER BY BucketAt, Spans DESC, Workflow
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
