"""Statements of somebody who holds acme's key and asks for all tenants' rows: they run, and answer acme's own. Rows are
lists of texts (TabSeparated), worked out from `fill.py`."""

OWN = [["a-1"], ["a-2"]]
CUT: dict[str, list[list[str]]] = {
    "SELECT RunId FROM runs ORDER BY RunId": OWN,
    "SELECT RunId FROM default.runs FINAL ORDER BY RunId": OWN,
    "SELECT RunId FROM runs_current ORDER BY RunId": OWN,
    "SELECT RunId FROM runs WHERE Tenant = 'globex'": [],
    "SELECT RunId FROM runs WHERE 1 OR Tenant = 'globex' ORDER BY RunId": OWN,
    "SELECT RunId FROM runs PREWHERE Tenant != 'acme'": [],
    "SELECT count() FROM runs": [["2"]],
    "SELECT count() FROM steps": [["2"]],
    "SELECT count() FROM otel_traces": [["2"]],
    "SELECT count(), countIf(InputMessages LIKE '%SECRET%') FROM span_payloads": [["2", "0"]],
    "SELECT min(Tenant), max(Tenant), uniqExact(Tenant) FROM runs": [["acme", "acme", "1"]],
    "SELECT DISTINCT Tenant FROM steps_current": [["acme"]],
    "SELECT DISTINCT Tenant FROM step_latency": [["acme"]],
    "SELECT DISTINCT Tenant FROM cost_per_outcome": [["acme"]],
    "SELECT DISTINCT Tenant FROM otel_traces_trace_id_ts": [["acme"]],
    "SELECT 'g-1' IN (SELECT RunId FROM runs)": [["0"]],
    "SELECT ('globex', 'g-1') IN (SELECT Tenant, RunId FROM runs_current)": [["0"]],
    "SELECT (SELECT groupArray(Tenant) FROM runs)": [["['acme','acme']"]],
    "WITH x AS (SELECT Tenant FROM runs) SELECT DISTINCT Tenant FROM x": [["acme"]],
    "SELECT DISTINCT a.Tenant, b.Tenant FROM runs AS a CROSS JOIN steps AS b": [["acme", "acme"]],
    "SELECT count() FROM runs AS a RIGHT JOIN steps AS b ON a.Tenant = 'globex'": [["2"]],
    "SELECT Tenant FROM runs UNION DISTINCT SELECT Tenant FROM steps": [["acme"]],
    "SELECT * FROM (SELECT RunId FROM runs) EXCEPT (SELECT RunId FROM runs_current)": [],
    "SELECT count() FROM (SELECT * FROM runs UNION ALL SELECT * FROM runs)": [["4"]],
    "SELECT 'runs' IN (SELECT name FROM system.tables), 'audit_entries' IN (SELECT name FROM system.tables)": [
        ["1", "0"]
    ],
    "SELECT DISTINCT database FROM system.columns": [["default"]],
    "SELECT name FROM system.databases": [["default"]],
    # an error, were the condition asked of a row of globex
    "SELECT sum(throwIf(Tenant = 'globex')) FROM runs": [["0"]],
    "SELECT count() FROM runs WHERE throwIf(UserId LIKE 'SECRET%') = 0": [["2"]],
    "SELECT count() FROM runs PREWHERE throwIf(UserId LIKE 'SECRET%') = 0": [["2"]],
    "SELECT count() FROM runs FINAL WHERE throwIf(UserId LIKE 'SECRET%') = 0": [["2"]],
    "SELECT count() FROM runs_current WHERE throwIf(UserId LIKE 'SECRET%') = 0": [["2"]],
    "SELECT count() FROM steps_current WHERE throwIf(SpanName LIKE 'SECRET%') = 0": [["2"]],
    "SELECT count() FROM otel_traces WHERE throwIf(SpanName LIKE 'SECRET%') = 0": [["2"]],
    "SELECT count() FROM span_payloads WHERE throwIf(InputMessages LIKE 'SECRET%') = 0": [["2"]],
    "SELECT count() FROM runs WHERE Tenant = 'globex' AND throwIf(RunId = 'g-1')": [["0"]],
    "SELECT count() FROM runs WHERE intDiv(1, Tenant != 'globex') = 1": [["2"]],
    "SELECT count() FROM runs GROUP BY throwIf(Tenant = 'globex')": [["2"]],
    "SELECT count() FROM runs AS a JOIN steps AS b ON throwIf(b.Tenant = 'globex') = 0 AND a.RunId = b.RunId": [["2"]],
}
