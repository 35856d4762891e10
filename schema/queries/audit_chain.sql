-- Entries of one chain after a number, in order, with the names that their hash is made of. Parameters: chain, after,
-- limit.
SELECT
    Chain AS chain,
    Seq AS seq,
    formatDateTime(At, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS at,
    Tenant AS tenant,
    Environment AS environment,
    KeyId AS key_id,
    Address AS address,
    Action AS action,
    Object AS object,
    Reason AS reason,
    Detail AS detail,
    Previous AS previous,
    Hash AS hash
FROM audit_entries
WHERE Chain = {chain:String} AND Seq > {after:Int128}
ORDER BY Seq
LIMIT {limit:UInt32}
