-- How complete the evidence is. A run is whole when its root was seen and no span lacks its parent.
SELECT
    $keys
    count() AS Runs,
    countIf(RootSeen = 1 AND OrphanSpans = 0) AS WholeRuns,
    countIf(RootSeen = 0) AS RunsWithoutRoot,
    countIf(OrphanSpans > 0) AS RunsWithOrphans,
    sum(OrphanSpans) AS OrphanCount,
    sum(LateSpans) AS LateCount,
    if(Runs = 0, NULL, WholeRuns / Runs) AS Coverage
FROM runs_current
WHERE $conditions
$group_by
ORDER BY $order
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
