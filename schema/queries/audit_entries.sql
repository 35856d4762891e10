-- Entries of the audit trail that tell of one tenant, newest first. Times in microseconds.
SELECT
    Chain,
    Seq,
    toUnixTimestamp64Micro(At) AS AtMicros,
    Environment,
    KeyId,
    Address,
    Action,
    Object,
    Reason,
    Detail,
    Previous,
    Hash
FROM audit_entries
WHERE $conditions
ORDER BY At DESC, Chain DESC, Seq DESC
LIMIT {limit:UInt32}
