-- A run by its id, or the runs that a user had a step in. Parameters: tenant, environment (empty: all),
-- run_id, user (one of them empty).
SELECT DISTINCT RunId, SessionId
FROM
(
    SELECT RunId, SessionId
    FROM steps FINAL
    WHERE Tenant = {tenant:String} AND ({environment:String} = '' OR Environment = {environment:String})
        AND (({run_id:String} != '' AND RunId = {run_id:String}) OR ({user:String} != '' AND UserId = {user:String}))
    UNION ALL
    SELECT RunId, SessionId
    FROM runs FINAL
    WHERE Tenant = {tenant:String} AND IsDeleted = 0
        AND ({environment:String} = '' OR Environment = {environment:String})
        AND (({run_id:String} != '' AND RunId = {run_id:String}) OR ({user:String} != '' AND UserId = {user:String}))
)
