-- Partitions of one table. Parameters: table.
SELECT
    partition AS Partition,
    partition_id AS Id,
    sum(rows) AS Rows,
    sum(bytes_on_disk) AS Bytes,
    sumIf(bytes_on_disk, disk_name IN (
        SELECT arrayJoin(disks) FROM system.storage_policies WHERE volume_name = 'cold')) AS ColdBytes,
    toDate(max(modification_time), 'UTC') AS Written
FROM $parts
WHERE active AND database = currentDatabase() AND table = {table:String}
GROUP BY partition, partition_id
