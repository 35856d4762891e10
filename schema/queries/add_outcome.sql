-- An outcome said after the fact. The id follows from the content, so the same outcome sent again replaces itself.
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
