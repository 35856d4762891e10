-- What a price depends on, prices worked out anew, budgets and where they broke, and scores given after the fact.

-- What a call was priced by, beyond the counts that were there: without it a call cannot be priced again.
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS ServiceTier LowCardinality(String) AFTER FinishReason;
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS CacheWrite1hTokens UInt64 CODEC(ZSTD(1)) AFTER CacheWriteTokens;
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS CacheAudioTokens UInt64 CODEC(ZSTD(1)) AFTER AudioOutputTokens;
-- When the step was priced anew (microseconds since 1970), 0 for the price it came with.
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS RepricedAt UInt64 CODEC(ZSTD(1)) AFTER PriceList;
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS BudgetSteps Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetUsd;
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS BudgetToolCalls Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetSteps;
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS BudgetTokens Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetToolCalls;
-- 1 when the span says that it failed, by its status or in its dialect's words; and when the call did, whichever span
-- of those that tell it said so.
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS SaysFailed UInt8 DEFAULT StatusCode = 'Error' AFTER ErrorType;
ALTER TABLE steps {on_cluster} ADD COLUMN IF NOT EXISTS HasFailed UInt8 DEFAULT StatusCode = 'Error' AFTER IsFailure;
ALTER TABLE span_supplements {on_cluster} ADD COLUMN IF NOT EXISTS SaysFailed UInt8 AFTER ErrorType;

ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS RepricedAt UInt64 CODEC(ZSTD(1)) AFTER UnpricedModels;
ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS BudgetSteps Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetUsd;
ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS BudgetToolCalls Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetSteps;
ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS BudgetTokens Nullable(UInt64) CODEC(ZSTD(1)) AFTER BudgetToolCalls;
-- One entry per limit that was passed (usd, steps, tool_calls, tokens): when, and at which span.
ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS `Breaches.Limit` Array(LowCardinality(String)) CODEC(ZSTD(1)) AFTER BudgetBreached;
ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS `Breaches.At` Array(DateTime64(9)) CODEC(ZSTD(1)) AFTER `Breaches.Limit`;
ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS `Breaches.TraceId` Array(String) CODEC(ZSTD(1)) AFTER `Breaches.At`;
ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS `Breaches.SpanId` Array(String) CODEC(ZSTD(1)) AFTER `Breaches.TraceId`;

-- The word that was said, where the settings map it to another status.
ALTER TABLE outcomes {on_cluster} ADD COLUMN IF NOT EXISTS Said LowCardinality(String) AFTER Status;

-- What runs cost before and after their calls were priced anew, in their partitions; all are kept as long as
-- they are.
CREATE TABLE IF NOT EXISTS repricings {on_cluster}
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    RunId String CODEC(ZSTD(1)),
    RepricingId String,
    At DateTime64(6),
    Calls UInt32,
    OldCostUsd Decimal(38, 12) CODEC(ZSTD(1)),
    NewCostUsd Decimal(38, 12) CODEC(ZSTD(1)),
    OldPriceLists Array(String) CODEC(ZSTD(1)),
    NewPriceLists Array(String) CODEC(ZSTD(1))
)
ENGINE = {engine:ReplacingMergeTree:At}
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId, RepricingId)
SETTINGS index_granularity = 512, {dedup_window};

-- Scores given after the fact, by people or systems, in the partitions of their runs; of one name and source the latest
-- stands, all are kept as long as the run.
CREATE TABLE IF NOT EXISTS scores {on_cluster}
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    RunId String CODEC(ZSTD(1)),
    Name LowCardinality(String),
    Source LowCardinality(String),
    ScoreId UUID,
    Value Nullable(Float64),
    Label String CODEC(ZSTD(1)),
    Explanation String CODEC(ZSTD(1)),
    RecordedAt DateTime64(6)
)
ENGINE = {engine:ReplacingMergeTree:RecordedAt}
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId, Name, Source, ScoreId)
SETTINGS index_granularity = 512, {dedup_window};

CREATE OR REPLACE VIEW steps_current {on_cluster} AS
SELECT * FROM steps FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW runs_current {on_cluster} AS
SELECT * FROM runs FINAL
WHERE IsDeleted = 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW step_latency {on_cluster} AS
SELECT
    Tenant,
    Environment,
    Workflow,
    Version,
    StepType,
    Model,
    ToolName,
    toDate(Timestamp) AS Date,
    count() AS Steps,
    countIf(HasFailed = 1) AS Errors,
    quantileExact(0.5)(Duration) / 1e6 AS P50Ms,
    quantileExact(0.95)(Duration) / 1e6 AS P95Ms,
    quantileExact(0.99)(Duration) / 1e6 AS P99Ms
FROM steps_current
WHERE IsCall = 1
GROUP BY Tenant, Environment, Workflow, Version, StepType, Model, ToolName, Date;
