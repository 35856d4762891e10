-- ['action', 'after_at', 'after_chain', 'after_seq', 'key_id', 'limit', 'object', 'since', 'until']
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
WHERE Tenant = {tenant:String}
    AND At >= fromUnixTimestamp64Micro({since:Int64})
    AND At < fromUnixTimestamp64Micro({until:Int64})
    AND Action IN {action:Array(String)}
    AND KeyId IN {key_id:Array(String)}
    AND Object IN {object:Array(String)}
    AND (At, Chain, Seq) < (fromUnixTimestamp64Micro({after_at:Int64}), {after_chain:String}, {after_seq:UInt64})
ORDER BY At DESC, Chain DESC, Seq DESC
LIMIT {limit:UInt32}
