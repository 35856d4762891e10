-- What the redactor did to the chosen spans. Without groups one row, also when there are none.
SELECT
    $keys
    count() AS Spans,
    sum(RedactionBytes) AS Bytes,
    sum(RedactionFailed) AS Failed,
    sumMap(mapKeys(RedactionFindings), arrayMap(count -> toUInt64(count), mapValues(RedactionFindings))) AS Findings,
    sumMap([toString(PolicyVersion)], [toUInt64(1)]) AS Versions,
    argMax(toString(PolicyVersion), Timestamp) AS LastVersion
FROM steps_current
WHERE $conditions
$group_by
ORDER BY $order
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
