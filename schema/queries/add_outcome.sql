-- An outcome said after the fact. The id follows from the content; one that is there already is not written again, for
-- of two words of one moment the one that was recorded later stands.
INSERT INTO outcomes (Tenant, RunId, OutcomeId, Status, Said, Reason, Source, At, ValueUsd, RecordedAt)
SELECT
    {tenant:String},
    {run_id:String},
    {outcome_id:UUID},
    {status:String},
    {said:String},
    {reason:String},
    {source:String},
    fromUnixTimestamp64Micro({at_micros:Int64}),
    {value_usd:Nullable(Float64)},
    fromUnixTimestamp64Micro({recorded_micros:Int64})
WHERE (
    SELECT count()
    FROM outcomes
    WHERE Tenant = {tenant:String} AND RunId = {run_id:String} AND OutcomeId = {outcome_id:UUID}
) = 0
