-- Whose rows lie in the partitions of a table before some day. Parameters: before.
SELECT Day, RetentionClass, Tenant, Environment, count() AS Rows
FROM $table
WHERE Day < {before:Date}
GROUP BY Day, RetentionClass, Tenant, Environment
