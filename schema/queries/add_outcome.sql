-- An outcome said after the fact. The id follows from the content, so the same outcome sent again replaces itself.
-- It lies in the partition of its run and goes with it.
INSERT INTO outcomes (Tenant, Environment, RetentionClass, Day, RunId, OutcomeId, Status, Reason, Source, At, ValueUsd,
    RecordedAt)
SELECT
    {tenant:String},
    any(runs.Environment),
    if(count() = 0, '*/*', any(runs.RetentionClass)),
    if(count() = 0, toDate(now(), 'UTC'), any(runs.Day)),
    {run_id:String},
    {outcome_id:UUID},
    {status:String},
    {reason:String},
    {source:String},
    fromUnixTimestamp64Micro({at_micros:Int64}),
    {value_usd:Nullable(Float64)},
    fromUnixTimestamp64Micro({recorded_micros:Int64})
FROM runs FINAL
WHERE Tenant = {tenant:String} AND RunId = {run_id:String} AND IsDeleted = 0
