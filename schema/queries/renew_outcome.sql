-- The word that stands of a run whose steps have gone: only its outcome is written anew, unless the word that stands is
-- later. One that was only inferred gives way. Parameters: tenant, run_id, status, reason, source, at, refreshed_at.
INSERT INTO runs
SELECT * REPLACE (
    {status:String} AS OutcomeStatus,
    {reason:String} AS OutcomeReason,
    {source:String} AS OutcomeSource,
    {at:DateTime64(6)} AS OutcomeAt,
    {refreshed_at:UInt64} AS RefreshedAt)
FROM runs FINAL
WHERE Tenant = {tenant:String}
    AND RunId = {run_id:String}
    AND IsDeleted = 0
    AND (runs.OutcomeSource IN ('', 'inferred') OR isNull(runs.OutcomeAt) OR runs.OutcomeAt <= {at:DateTime64(6)})
