-- What was redacted, sealed with a public key of its tenant and the day it was received on (vault/seal.py). Nothing in
-- this store can open it. One row per span, or per log record; sent again it replaces itself.
CREATE TABLE IF NOT EXISTS sealed_originals {on_cluster}
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    ReceivedAt DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    RecordId String CODEC(ZSTD(1)),
    Sealed String CODEC(ZSTD(1))
)
ENGINE = {engine:ReplacingMergeTree}
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId, RecordId)
SETTINGS index_granularity = 512, {dedup_window};

-- What was done with each request to open originals, append-only: requested, approved, denied, opened.
-- `Mac` is under a key that this store does not have, so that an approval cannot be written here by hand.
CREATE TABLE IF NOT EXISTS break_glass_events {on_cluster}
(
    Tenant LowCardinality(String),
    Day Date,
    RequestId String CODEC(ZSTD(1)),
    EventId String CODEC(ZSTD(1)),
    At DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    Kind LowCardinality(String),
    KeyId String CODEC(ZSTD(1)),
    RunId String CODEC(ZSTD(1)),
    Environment LowCardinality(String),
    Reason String CODEC(ZSTD(1)),
    Ticket String CODEC(ZSTD(1)),
    Minutes UInt32 CODEC(ZSTD(1)),
    Mac String CODEC(ZSTD(1))
)
ENGINE = {engine:ReplacingMergeTree}
PARTITION BY toYYYYMM(Day)
ORDER BY (Tenant, RequestId, EventId)
SETTINGS {dedup_window};
