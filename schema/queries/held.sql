-- What a tenant holds by class and environment, how old the oldest of it is, and how many days the retention policy in
-- force allows (schema/lifetimes.py: rules by tenant and environment, the most exact first, class by class; no class
-- outlives what it hangs on). Rows are counted as they lie there, before merges.
WITH
    (
        SELECT groupArray((
            JSONExtractString(Rule, 'tenant'),
            JSONExtractString(Rule, 'environment'),
            JSONExtract(Rule, 'days', 'Map(String, UInt32)')))
        FROM (SELECT argMax(Policy, AppliedAt) AS InForce FROM retention_policies)
        ARRAY JOIN JSONExtractArrayRaw(InForce, 'rules') AS Rule
    ) AS Rules,
    -- every class with itself and those that it hangs on
    map($chains) AS HangsOn,
    held AS
    (
        $tables
    )
SELECT
    Class,
    Environment,
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
        if(Day = toDate('1970-01-01'), toDateOrNull(splitByChar('@', RetentionClass)[-1]), Day) AS AgeDay,
        arrayMin(outer -> arrayFirst(
            rule -> mapContains(rule.3, outer),
            arraySort(
                rule -> (rule.1 = '*', rule.2 = '*'),
                arrayFilter(rule -> rule.1 IN ('*', $tenant) AND (rule.2 = '*' OR rule.2 = Environment), Rules))
            ).3[outer], HangsOn[Class]) AS AllowedDays
    FROM held
)
GROUP BY Class, Environment
