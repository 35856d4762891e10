-- Every measure of two sets of runs side by side, one row for each, in order: both values, the change, a 99 % interval
-- for the difference and a verdict. Which test decides, and why, is in docs/api.md ("Compare"). Rows of both sides come
-- from compare.sql; a side without runs has none. Parameter: threshold (a relative change below it is the same).
WITH
    -- normal quantile of a two-sided 99 % interval: with a dozen measures, 95 % would cry wolf every other time
    2.5758293035489004 AS Z,
    -- fewer units on a side say nothing: neither test's approximation holds
    30 AS LeastUnits,
    -- a percentile needs so many runs above it: 100 runs for the 95th
    5 AS LeastAbove,
    sides AS
    (
        $sides
    ),
    together AS
    (
        SELECT
            -- name, whether higher is better, how it is tested, its place in compare.sql's arrays, a percentile's level
            arrayJoin([
                (1, 'completion_rate', 1, 'rate', 1, 0.),
                (2, 'escalation_rate', 0, 'rate', 2, 0.),
                (3, 'silent_failure_rate', 0, 'rate', 3, 0.),
                -- calls of one run fail together, so runs are the sample
                (4, 'tool_error_rate', 0, 'ratio', 4, 0.),
                (5, 'retries_per_run', 0, 'ratio', 5, 0.),
                (6, 'steps_per_run', 0, 'ratio', 6, 0.),
                (7, 'tool_calls_per_run', 0, 'ratio', 7, 0.),
                (8, 'policy_violations_per_1000_runs', 0, 'ratio', 8, 0.),
                (9, 'cost_per_run_usd', 0, 'ratio', 9, 0.),
                (10, 'cost_per_success_usd', 0, 'ratio', 10, 0.),
                (11, 'p50_ms', 0, 'percentile', 1, 0.5),
                (12, 'p95_ms', 0, 'percentile', 2, 0.95)
            ]) AS About,
            About.1 AS Number,
            About.2 AS Measure,
            About.3 AS HigherIsBetter,
            About.4 AS Kind,
            About.5 AS Place,
            About.6 AS Level,
            Old,
            New
        FROM
        (
            SELECT
                anyIf(Row, Side = 'baseline') AS Old,
                anyIf(Row, Side = 'candidate') AS New
            FROM
            (
                SELECT
                    Side,
                    (toFloat64(Runs), NumeratorSums, DenominatorSums, Units, NumeratorVariances, DenominatorVariances,
                        Covariances, Quantiles, Above) AS Row
                FROM sides
            )
        )
    ),
    measured AS
    (
        SELECT
            Number,
            Measure,
            HigherIsBetter,
            Kind,
            Old.1 AS BaselineRuns,
            New.1 AS CandidateRuns,
            Kind = 'percentile' AS IsPercentile,
            toUInt64(if(IsPercentile, Old.1, (Old.4)[Place])) AS BaselineN,
            toUInt64(if(IsPercentile, New.1, (New.4)[Place])) AS CandidateN,
            if(IsPercentile, Old.1, (Old.3)[Place]) AS OldTotal,
            if(IsPercentile, New.1, (New.3)[Place]) AS NewTotal,
            if(IsPercentile, toFloat64((Old.9)[Place]), (Old.2)[Place]) AS OldHits,
            if(IsPercentile, toFloat64((New.9)[Place]), (New.2)[Place]) AS NewHits,
            OldHits / OldTotal AS OldShare,
            NewHits / NewTotal AS NewShare,
            if(OldTotal = 0, NULL, if(IsPercentile, (Old.8)[Place], OldShare)) AS Baseline,
            if(NewTotal = 0, NULL, if(IsPercentile, (New.8)[Place], NewShare)) AS Candidate,
            isNotNull(Baseline) AND isNotNull(Candidate) AND least(BaselineN, CandidateN) >= LeastUnits
                AND (NOT IsPercentile OR least(BaselineN, CandidateN) * (1 - Level) >= LeastAbove - 1e-9) AS IsEnough,
            -- rates: Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10), made of Wilson's of
            -- both rates, each with its middle and half its width; percentiles: the same of the shares of runs above
            -- that percentile of both sides together (the quantile test)
            (OldShare + Z * Z / (2 * OldTotal)) / (1 + Z * Z / OldTotal) AS OldMiddle,
            (NewShare + Z * Z / (2 * NewTotal)) / (1 + Z * Z / NewTotal) AS NewMiddle,
            Z * sqrt(OldShare * (1 - OldShare) / OldTotal + Z * Z / (4 * OldTotal * OldTotal)) / (1 + Z * Z / OldTotal)
                AS OldHalf,
            Z * sqrt(NewShare * (1 - NewShare) / NewTotal + Z * Z / (4 * NewTotal * NewTotal)) / (1 + Z * Z / NewTotal)
                AS NewHalf,
            -- ratios of sums over independent runs: the variance of their residuals, to first order (the delta method)
            (Old.5)[Place] - 2 * OldShare * (Old.7)[Place] + OldShare * OldShare * (Old.6)[Place] AS OldResidual,
            (New.5)[Place] - 2 * NewShare * (New.7)[Place] + NewShare * NewShare * (New.6)[Place] AS NewResidual,
            Z * sqrt(
                greatest(0, OldResidual) * Old.1 / (OldTotal * OldTotal)
                + greatest(0, NewResidual) * New.1 / (NewTotal * NewTotal)) AS RatioHalf,
            if(Kind = 'ratio', RatioHalf, hypot(NewShare - NewMiddle + NewHalf, OldMiddle + OldHalf - OldShare)) AS Below,
            if(Kind = 'ratio', RatioHalf, hypot(NewMiddle + NewHalf - NewShare, OldShare - OldMiddle + OldHalf)) AS Over,
            NewShare - OldShare - Below AS Low,
            NewShare - OldShare + Over AS High
        FROM together
    )
SELECT
    Measure,
    HigherIsBetter,
    toUInt64(BaselineRuns) AS BaselineRuns,
    toUInt64(CandidateRuns) AS CandidateRuns,
    Baseline,
    Candidate,
    BaselineN,
    CandidateN,
    if(Baseline = 0, NULL, (Candidate - Baseline) / abs(Baseline)) AS Change,
    -- a percentile's is one of shares of runs, not of milliseconds
    if(IsEnough AND NOT IsPercentile, Low, NULL) AS DifferenceLow,
    if(IsEnough AND NOT IsPercentile, High, NULL) AS DifferenceHigh,
    multiIf(
        NOT IsEnough, 'too_few',
        -- a change from nothing is over any threshold
        if(Baseline = 0, Candidate = 0, abs(Change) < {threshold:Float64}), 'same',
        Low <= 0 AND High >= 0, 'too_few',
        (Candidate > Baseline) = (HigherIsBetter = 1), 'better',
        'worse') AS Verdict
FROM measured
ORDER BY Number
