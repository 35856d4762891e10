-- ['run_id']
-- Scores given to a run after the fact: of one name and source the latest one stands. Parameters: tenant, run_id.
SELECT
    Name,
    Source,
    argMax(Value, (scores.RecordedAt, ScoreId)) AS ScoreValue,
    argMax(Label, (scores.RecordedAt, ScoreId)) AS ScoreLabel,
    argMax(Explanation, (scores.RecordedAt, ScoreId)) AS ScoreExplanation,
    max(toUnixTimestamp64Micro(scores.RecordedAt)) * 1000 AS AtNs
FROM scores FINAL
WHERE Tenant = {tenant:String} AND RunId = {run_id:String}
GROUP BY Name, Source
ORDER BY AtNs, Name, Source
SETTINGS max_threads = 1
