-- What one tenant holds in a table that goes month by month, by environment and day; as holdings.sql tells it.
SELECT
    held.Environment AS Environment,
    held.Day AS Day,
    held.Rows AS Rows,
    toUInt64(held.Rows / parts.Rows * parts.Bytes) AS Bytes,
    toUInt64(held.Rows / parts.Rows * parts.ColdBytes) AS ColdBytes
FROM
(
    SELECT Environment, Day, count() AS Rows
    FROM $table
    WHERE Tenant = {tenant:String}
    GROUP BY Environment, Day
) AS held
INNER JOIN
(
    SELECT
        partition,
        sum(rows) AS Rows,
        sum(bytes_on_disk) AS Bytes,
        sumIf(bytes_on_disk, disk_name IN (
            SELECT arrayJoin(disks) FROM system.storage_policies WHERE volume_name = 'cold')) AS ColdBytes
    FROM $parts
    WHERE active AND database = currentDatabase() AND table = '$rows'
    GROUP BY partition
) AS parts ON parts.partition = toString(toYYYYMM(held.Day))
