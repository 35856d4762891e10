-- Lifetimes: outcomes age with their runs, and the policy in force is written down.

-- Outcomes had neither owner nor day. Rebuilt so that they lie in the partition of their run and go with it. Each of
-- these statements may be the first one after a crash: CREATE … outcomes is for one between the DROP and the RENAME.
CREATE TABLE IF NOT EXISTS outcomes {on_cluster}
(
    Tenant LowCardinality(String),
    RunId String CODEC(ZSTD(1)),
    OutcomeId UUID,
    Status LowCardinality(String),
    Reason String CODEC(ZSTD(1)),
    Source LowCardinality(String),
    At DateTime64(6),
    ValueUsd Nullable(Float64),
    RecordedAt DateTime64(6)
)
ENGINE = {engine:ReplacingMergeTree}
PARTITION BY toYYYYMM(RecordedAt)
ORDER BY (Tenant, RunId, At, OutcomeId)
SETTINGS index_granularity = 512, {dedup_window};

CREATE TABLE IF NOT EXISTS outcomes_by_day {on_cluster}
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    RunId String CODEC(ZSTD(1)),
    OutcomeId UUID,
    Status LowCardinality(String),
    Reason String CODEC(ZSTD(1)),
    Source LowCardinality(String),
    At DateTime64(6),
    ValueUsd Nullable(Float64),
    RecordedAt DateTime64(6)
)
ENGINE = {engine:ReplacingMergeTree}
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, RunId, At, OutcomeId)
SETTINGS index_granularity = 512, {dedup_window};

INSERT INTO outcomes_by_day (Tenant, Environment, RetentionClass, Day, RunId, OutcomeId, Status, Reason, Source, At,
    ValueUsd, RecordedAt)
SELECT said.Tenant, run.Environment, if(run.RunId = '', '*/*', run.RetentionClass),
    if(run.RunId = '', toDate(said.RecordedAt), run.Day), said.RunId, said.OutcomeId, said.Status, said.Reason,
    said.Source, said.At, said.ValueUsd, said.RecordedAt
FROM outcomes AS said
LEFT JOIN (SELECT Tenant, RunId, Environment, RetentionClass, Day FROM runs FINAL WHERE IsDeleted = 0) AS run
    ON run.Tenant = said.Tenant AND run.RunId = said.RunId;

DROP TABLE outcomes {on_cluster};

RENAME TABLE outcomes_by_day TO outcomes {on_cluster};

-- In which days a run has steps, so that reading it opens their partitions and no others: spans without a believable
-- clock lie in one partition for each day of reception, and a run rarely has any.
ALTER TABLE runs {on_cluster} ADD COLUMN IF NOT EXISTS Days Array(Date) CODEC(ZSTD(1)) AFTER IsDeleted;

CREATE OR REPLACE VIEW runs_current {on_cluster} AS
SELECT * FROM runs FINAL
WHERE IsDeleted = 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- The policies that were applied, the latest is in force. A rule that only stands in a file deletes nothing early.
CREATE TABLE IF NOT EXISTS retention_policies {on_cluster}
(
    AppliedAt DateTime64(6),
    AppliedBy String,
    Policy String
)
ENGINE = {engine:MergeTree}
ORDER BY AppliedAt
SETTINGS {dedup_window};
