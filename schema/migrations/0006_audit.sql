-- The audit trail, as the store has it: copied from the chain's files (vault/chain_file.py), in their order.
-- Nothing replaces anything here: a second row of one number is a finding of `runvault audit verify`. Months go whole.
CREATE TABLE IF NOT EXISTS audit_entries {on_cluster}
(
    Day Date,
    Chain LowCardinality(String),
    Seq UInt64 CODEC(Delta(8), ZSTD(1)),
    At DateTime64(6) CODEC(Delta(8), ZSTD(1)),
    Tenant LowCardinality(String),
    Environment LowCardinality(String),
    KeyId LowCardinality(String),
    Address String CODEC(ZSTD(1)),
    Action LowCardinality(String),
    Object String CODEC(ZSTD(1)),
    Reason String CODEC(ZSTD(1)),
    Detail String CODEC(ZSTD(1)),
    Previous String CODEC(ZSTD(1)),
    Hash String CODEC(ZSTD(1)),
    INDEX idx_at At TYPE minmax GRANULARITY 1
)
ENGINE = {engine:MergeTree}
PARTITION BY toYYYYMM(Day)
ORDER BY (Chain, Seq)
SETTINGS index_granularity = 2048, {dedup_window};

-- With the environment, so that a key of one environment reads only its own.
CREATE OR REPLACE VIEW supplement_payloads {on_cluster} AS
SELECT
    Tenant,
    Environment,
    SaidTraceId AS TraceId,
    SaidSpanId AS SpanId,
    if(SaidInput != '', concat('[', SaidInput, ']'), '') AS InputMessages,
    if(SaidOutput != '', concat('[', SaidOutput, ']'), '') AS OutputMessages,
    if(SaidSystem != '', concat('[', SaidSystem, ']'), '') AS SystemInstructions,
    SaidArguments AS ToolArguments,
    SaidResult AS ToolResult
FROM
(
    SELECT
        Tenant,
        any(said.Environment) AS Environment,
        JoinTraceId AS SaidTraceId,
        JoinSpanId AS SaidSpanId,
        argMinIf(said.InputMessages, (said.Timestamp, RecordPosition, RecordId),
            RecordKind = 'details' AND said.InputMessages != '') AS WholeInput,
        argMinIf(said.OutputMessages, (said.Timestamp, RecordPosition, RecordId),
            RecordKind = 'details' AND said.OutputMessages != '') AS WholeOutput,
        arraySort(groupArrayIf(((said.Timestamp, RecordPosition, RecordId), said.InputMessages),
            RecordKind != 'details' AND said.InputMessages != '')) AS Inputs,
        arraySort(groupArrayIf(((said.Timestamp, RecordPosition, RecordId), said.OutputMessages),
            RecordKind != 'details' AND said.OutputMessages != '')) AS Outputs,
        if(WholeInput != '', WholeInput, arrayStringConcat(Inputs.2, ',')) AS SaidInput,
        if(WholeOutput != '', WholeOutput, arrayStringConcat(Outputs.2, ',')) AS SaidOutput,
        argMinIf(said.SystemInstructions, (said.Timestamp, RecordPosition, RecordId),
            said.SystemInstructions != '') AS SaidSystem,
        argMinIf(said.ToolArguments, (said.Timestamp, RecordPosition, RecordId), said.ToolArguments != '')
            AS SaidArguments,
        argMinIf(said.ToolResult, (said.Timestamp, RecordPosition, RecordId), said.ToolResult != '') AS SaidResult
    FROM span_supplements AS said FINAL
    WHERE JoinSpanId != ''
    GROUP BY Tenant, JoinTraceId, JoinSpanId
)
SETTINGS do_not_merge_across_partitions_select_final = 1;
