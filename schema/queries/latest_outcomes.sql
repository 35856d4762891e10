-- The word that stands of what was said afterwards about some runs: the latest At. Parameters: tenant, run_ids.
SELECT
    RunId,
    argMax(Status, (At, RecordedAt, OutcomeId)) AS SaidStatus,
    argMax(Reason, (At, RecordedAt, OutcomeId)) AS SaidReason,
    argMax(Source, (At, RecordedAt, OutcomeId)) AS SaidSource,
    max(At) AS SaidAt
FROM outcomes FINAL
WHERE Tenant = {tenant:String} AND RunId IN {run_ids:Array(String)}
GROUP BY RunId
