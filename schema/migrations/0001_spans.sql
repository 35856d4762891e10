-- The first schema, what arrives: spans and what was said in them. {engine:…} and {on_cluster} are filled in by
-- schema/migrate.py, the only place that knows whether this is one machine or a cluster.

-- Spans, with the column names of the OpenTelemetry Collector's ClickHouse exporter, then our own.
-- Identity of a span is (Tenant, TraceId, SpanId): the same span sent again replaces itself.
CREATE TABLE IF NOT EXISTS otel_traces {on_cluster}
(
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested
    (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    Links Nested
    (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    ReceivedAt DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    Dialect LowCardinality(String),
    StepType LowCardinality(String),
    Model LowCardinality(String),
    InputTokens UInt64 CODEC(ZSTD(1)),
    OutputTokens UInt64 CODEC(ZSTD(1)),
    ModelCostUsd Decimal(18, 12) CODEC(ZSTD(1)),
    RedactionFindings Map(LowCardinality(String), UInt32) CODEC(ZSTD(1)),
    RedactionFailed UInt32 CODEC(ZSTD(1)),
    PolicyVersion LowCardinality(String),
    ClockSkewed UInt8,
    INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 1,
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
)
ENGINE = {engine:ReplacingMergeTree}
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, toStartOfHour(Timestamp), TraceId, SpanId)
SETTINGS index_granularity = 2048, {dedup_window};

-- What was said: prompts, completions, arguments, results, documents. Apart from the spans, with its own lifetime.
CREATE TABLE IF NOT EXISTS span_payloads {on_cluster}
(
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    RetentionClass LowCardinality(String),
    Day Date,
    ReceivedAt DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    InputMessages String CODEC(ZSTD(1)),
    OutputMessages String CODEC(ZSTD(1)),
    SystemInstructions String CODEC(ZSTD(1)),
    ToolArguments String CODEC(ZSTD(1)),
    ToolResult String CODEC(ZSTD(1)),
    Documents String CODEC(ZSTD(1)),
    PayloadAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = {engine:ReplacingMergeTree}
PARTITION BY (Day, RetentionClass)
ORDER BY (Tenant, TraceId, SpanId)
SETTINGS index_granularity = 512, {dedup_window};
