-- What one tenant holds in a table, by environment and partition. Rows are counted as they lie there, before merges
-- take older versions away; bytes are the tenant's share of the partition, by rows.
SELECT
    held.Environment AS Environment,
    held.RetentionClass AS RetentionClass,
    held.Day AS Day,
    held.Rows AS Rows,
    toUInt64(held.Rows / parts.Rows * parts.Bytes) AS Bytes,
    toUInt64(held.Rows / parts.Rows * parts.ColdBytes) AS ColdBytes,
    parts.Written AS Written
FROM
(
    SELECT Environment, RetentionClass, Day, count() AS Rows
    FROM $table
    WHERE Tenant = {tenant:String}
    GROUP BY Environment, RetentionClass, Day
) AS held
INNER JOIN
(
    SELECT
        partition,
        sum(rows) AS Rows,
        sum(bytes_on_disk) AS Bytes,
        sumIf(bytes_on_disk, disk_name IN (
            SELECT arrayJoin(disks) FROM system.storage_policies WHERE volume_name = 'cold')) AS ColdBytes,
        toDate(max(modification_time), 'UTC') AS Written
    FROM $parts
    WHERE active AND database = currentDatabase() AND table = '$rows'
    GROUP BY partition
) AS parts ON parts.partition = toString((held.Day, toString(held.RetentionClass)))
