-- A score given after the fact. The id follows from the content, so the same score sent again replaces itself. It lies in
-- the partition of its run and goes with it.
INSERT INTO scores (Tenant, Environment, RetentionClass, Day, RunId, Name, Source, ScoreId, Value, Label, Explanation,
    RecordedAt)
SELECT
    {tenant:String},
    runs.Environment,
    runs.RetentionClass,
    runs.Day,
    {run_id:String},
    {name:String},
    {source:String},
    {score_id:UUID},
    {value:Nullable(Float64)},
    {label:String},
    {explanation:String},
    fromUnixTimestamp64Micro({recorded_micros:Int64})
FROM runs FINAL
WHERE Tenant = {tenant:String} AND RunId = {run_id:String} AND IsDeleted = 0
