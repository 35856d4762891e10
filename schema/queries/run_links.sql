-- Which run goes on where another stood still: in one session, the run after a paused one. A run that only asked for a
-- tool is continued by one that calls a tool. Parameters: tenant, session_ids.
SELECT
    RunId,
    if(PausedBefore = 'approval' OR (PausedBefore = 'tool' AND ToolCalls > 0), Before, '') AS Continues,
    if(Paused = 'approval' OR (Paused = 'tool' AND ToolCallsAfter > 0), After, '') AS ContinuedBy
FROM
(
    SELECT
        RunId,
        Paused,
        ToolCalls,
        lagInFrame(RunId) OVER inSession AS Before,
        lagInFrame(Paused) OVER inSession AS PausedBefore,
        leadInFrame(RunId) OVER inSession AS After,
        leadInFrame(ToolCalls) OVER inSession AS ToolCallsAfter
    FROM runs FINAL
    WHERE Tenant = {tenant:String} AND IsDeleted = 0 AND SessionId IN {session_ids:Array(String)} AND SessionId != ''
        -- as with side effects (api/queries/conditions.py): with FINAL the index over sessions alone spares no day
        AND Day IN
        (
            SELECT Day FROM runs WHERE Tenant = {tenant:String} AND SessionId IN {session_ids:Array(String)}
            SETTINGS max_threads = 1, use_skip_indexes_on_data_read = 0
        )
    WINDOW inSession AS
        (PARTITION BY SessionId ORDER BY StartedAt, RunId ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
SETTINGS max_threads = 1
