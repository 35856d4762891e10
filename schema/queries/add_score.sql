-- A score given after the fact. The id follows from the content, so the same score sent again replaces itself.
INSERT INTO scores (Tenant, Environment, RunId, Name, Source, ScoreId, Value, Label, Explanation, RecordedAt)
SELECT
    {tenant:String},
    {environment:String},
    {run_id:String},
    {name:String},
    {source:String},
    {score_id:UUID},
    {value:Nullable(Float64)},
    {label:String},
    {explanation:String},
    fromUnixTimestamp64Micro({recorded_micros:Int64})
