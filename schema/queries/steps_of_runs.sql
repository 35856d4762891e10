-- Every step of some runs, with what the roll-up reads. Parameters: tenant, run_ids, trace_ids (all traces of the runs).
SELECT
    Tenant, Environment, RetentionClass, Day, ReceivedAt, TraceId, SpanId, Timestamp, ParentSpanId, ServiceName, Duration,
    StatusCode, StepType, SessionId, UserId, CustomerId, AgentId, AgentVersion, PromptVersion, Model, InputTokens,
    OutputTokens, CacheReadTokens, CacheWriteTokens, ReasoningTokens, ModelCostUsd, ToolCostUsd, ReviewCostUsd,
    PriceStatus, PriceList, ToolName, FinishReason, SideEffects, ApprovalRequired, ApprovalApproved, PolicyDecision, OutcomeStatus,
    OutcomeReason, BudgetUsd, BudgetSteps, BudgetToolCalls, BudgetTokens, RepricedAt,
    RedactionFindings, RedactionFailed, PolicyVersion, ClockSkewed, RunId, Agent, Workflow, Version, Depth, IsOrphan,
    IsCall, IsCounted, IsRetry, IsFailure, HasFailed
FROM steps FINAL
WHERE Tenant = {tenant:String}
    AND TraceId IN {trace_ids:Array(String)}
    AND RunId IN {run_ids:Array(String)}
