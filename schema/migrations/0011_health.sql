-- What the service counts of itself, for boards: Grafana asks this store and nothing else. One row per counter that moved
-- since the sample before (Value: by how much) and per gauge (Value: what it showed); Name and Label as on /metrics.
-- It tells of the whole installation, so its rows are those of tenant `default`, whom callers without keys are. No class
-- of data: it holds nothing of anybody, and goes by itself after a month.
CREATE TABLE IF NOT EXISTS health_samples {on_cluster}
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    Day Date,
    At DateTime64(3) CODEC(Delta(8), ZSTD(1)),
    Instance LowCardinality(String),
    Name LowCardinality(String),
    Label LowCardinality(String),
    Value Float64 CODEC(ZSTD(1))
)
ENGINE = {engine:MergeTree}
PARTITION BY toMonday(Day)
ORDER BY (Name, Label, Instance, At)
TTL Day + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1, {dedup_window};
