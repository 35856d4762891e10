-- Two sets of runs side by side, one row for each. Every measure but the percentiles is a sum over a sum of what runs
-- did: Numerators and Denominators hold both for each run, in the order of the measures of compare_verdicts.sql. Means,
-- variances and covariances over runs are what the test needs. Above counts the runs that took longer than the median
-- and the 95th percentile of both sets together.
WITH
    chosen AS
    (
        SELECT
            $side AS Side,
            DurationMs,
            [
                toFloat64(OutcomeStatus = 'success'),
                toFloat64(OutcomeStatus = 'escalated'),
                toFloat64(ClaimedStatus = 'success' AND OutcomeStatus != 'success'),
                toFloat64(FailedToolCalls),
                toFloat64(Retries),
                toFloat64(Steps),
                toFloat64(ToolCalls),
                1000 * toFloat64(PolicyViolations),
                toFloat64(CostUsd),
                toFloat64(CostUsd)
            ] AS Numerators,
            [
                toFloat64(OutcomeStatus != 'unknown'),
                toFloat64(OutcomeStatus != 'unknown'),
                toFloat64(ClaimedStatus = 'success'),
                toFloat64(ToolCalls),
                1,
                1,
                1,
                1,
                1,
                toFloat64(OutcomeStatus = 'success')
            ] AS Denominators
        FROM runs_current
        WHERE $conditions AND Side != ''
    ),
    (
        SELECT quantilesExact(0.5, 0.95)(DurationMs)
        FROM chosen
    ) AS Limits
SELECT
    Side,
    count() AS Runs,
    sumForEach(Numerators) AS NumeratorSums,
    sumForEach(Denominators) AS DenominatorSums,
    sumForEach(arrayMap(value -> toUInt64(value > 0), Denominators)) AS Units,
    varSampStableForEach(Numerators) AS NumeratorVariances,
    varSampStableForEach(Denominators) AS DenominatorVariances,
    covarSampStableForEach(Numerators, Denominators) AS Covariances,
    quantilesExact(0.5, 0.95)(DurationMs) AS Quantiles,
    sumForEach(arrayMap(limit -> toUInt64(DurationMs > limit), Limits)) AS Above
FROM chosen
GROUP BY Side
