-- ['agent', 'environment', 'limit', 'model', 'offset', 'tool', 'version', 'workflow']
-- Latency of steps. A call told by two spans counts once (IsCall).
SELECT
    StepType, Provider, 
    count() AS Count,
    countIf(HasFailed = 1) AS Errors,
    arrayMap(nanos -> nanos / 1e6, quantilesExact(0.5, 0.9, 0.95, 0.99)(Duration)) AS Quantiles,
    max(Duration) / 1e6 AS MaxMs,
    countIf(StepType = 'model_call' AND isNotNull(FirstTokenMs)) AS FirstTokenCount,
    quantileExactIf(0.95)(assumeNotNull(FirstTokenMs), StepType = 'model_call' AND isNotNull(FirstTokenMs))
        AS FirstTokenP95
FROM steps_current
WHERE Tenant = {tenant:String}
    AND AssembledAt > 0
    AND IsCall = 1
    AND Workflow IN {workflow:Array(String)}
    AND Version IN {version:Array(String)}
    AND Agent IN {agent:Array(String)}
    AND Environment IN {environment:Array(String)}
    AND Model IN {model:Array(String)}
    AND ToolName IN {tool:Array(String)}
    AND (StepType IN ('model_call', 'embedding', 'rerank') OR StepType = 'tool_call')
GROUP BY StepType, Provider
ORDER BY Count DESC, StepType, Provider
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
