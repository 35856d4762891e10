-- An outcome said after the fact. The id follows from the content; one that is there already is not written again, for
-- of two words of one moment the one that was recorded later stands. It lies in the partition of its run and goes with
-- it.
INSERT INTO outcomes (Tenant, Environment, RetentionClass, Day, RunId, OutcomeId, Status, Said, Reason, Source, At,
    ValueUsd, RecordedAt)
SELECT
    {tenant:String},
    any(runs.Environment),
    if(count() = 0, '*/*', any(runs.RetentionClass)),
    if(count() = 0, toDate(now(), 'UTC'), any(runs.Day)),
    {run_id:String},
    {outcome_id:UUID},
    {status:String},
    {said:String},
    {reason:String},
    {source:String},
    fromUnixTimestamp64Micro({at_micros:Int64}),
    {value_usd:Nullable(Float64)},
    fromUnixTimestamp64Micro({recorded_micros:Int64})
FROM runs FINAL
WHERE Tenant = {tenant:String} AND RunId = {run_id:String} AND IsDeleted = 0
HAVING
(
    SELECT count()
    FROM outcomes
    WHERE Tenant = {tenant:String} AND RunId = {run_id:String} AND OutcomeId = {outcome_id:UUID}
) = 0
