-- What a tenant holds by class and environment, how old the oldest of it is, and how many days the retention policy in
-- force allows (schema/lifetimes.py: rules by tenant and environment, the most exact first, class by class; no class
-- outlives what it hangs on). Rows are counted as they lie there, before merges.
WITH
    rules AS
    (
        SELECT
            JSONExtractString(Rule, 'tenant') AS RuleTenant,
            JSONExtractString(Rule, 'environment') AS RuleEnvironment,
            JSONExtract(Rule, 'days', 'Map(String, UInt32)') AS Days
        FROM (SELECT argMax(Policy, AppliedAt) AS InForce FROM retention_policies)
        ARRAY JOIN JSONExtractArrayRaw(InForce, 'rules') AS Rule
    ),
    held AS
    (
        $tables
    ),
    allowed AS
    (
        SELECT Environment, Class, min(Said) AS AllowedDays
        FROM
        (
            SELECT
                owners.Environment AS Environment,
                Hanging.1 AS Class,
                argMax(Days[Hanging.2], 2 * (RuleTenant != '*') + (RuleEnvironment != '*')) AS Said
            FROM (SELECT DISTINCT Environment FROM held) AS owners
            CROSS JOIN rules
            -- every class with itself and with those that it hangs on
            ARRAY JOIN [$chains] AS Hanging
            WHERE RuleTenant IN ('*', $tenant)
                AND RuleEnvironment IN ('*', owners.Environment)
                AND mapContains(Days, Hanging.2)
            GROUP BY Environment, Hanging
        )
        GROUP BY Environment, Class
    )
SELECT
    held.Class AS Class,
    held.Environment AS Environment,
    sum(Held) AS "Rows",
    toString(min(AgeDay)) AS "Oldest",
    dateDiff('day', min(AgeDay), toDate(now('UTC'))) AS "Age",
    nullIf(any(AllowedDays), 0) AS "Allowed",
    sumIf(Held, AllowedDays > 0 AND AgeDay < toDate(now('UTC')) - AllowedDays) AS "Overdue"
FROM
(
    SELECT
        Class,
        Environment,
        Held,
        -- what has no believable clock ages from the day on which it was received
        if(Day = toDate('1970-01-01'), toDateOrNull(splitByChar('@', RetentionClass)[-1]), Day) AS AgeDay
    FROM held
) AS held
LEFT JOIN allowed ON allowed.Class = held.Class AND allowed.Environment = held.Environment
GROUP BY Class, Environment
