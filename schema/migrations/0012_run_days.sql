-- In which days a run may lie, so that a run asked for by its id is looked for there and not in every day there is.
-- `trace_days` knows it beside the days of traces: one more row of the insert that is made anyway, under a hash that no
-- trace id has. A run lies in the day of one of its steps' starts (schema/runs.py), or in 1970's where no clock of its
-- steps can be believed; a step sent again keeps the partition it had first, so both its days are written.
ALTER TABLE trace_days_mv {on_cluster} MODIFY QUERY
SELECT DISTINCT Tenant, place.1 AS TraceHash, place.2 AS Day
FROM
(
    SELECT
        Tenant,
        cityHash64('run', RunId) AS RunHash,
        arrayJoin(if(
            RunId = '',
            [(cityHash64(TraceId), Day)],
            [
                (cityHash64(TraceId), Day),
                (RunHash, Day),
                (RunHash, if(ClockSkewed = 1, toDate('1970-01-01'), toDate(Timestamp, 'UTC')))
            ])) AS place
    FROM steps
);

INSERT INTO trace_days (Tenant, TraceHash, Day)
SELECT DISTINCT Tenant, cityHash64('run', RunId), arrayJoin(arrayPushBack(Days, Day))
FROM runs;
