-- ['after_chain', 'after_seq', 'limit']
-- Every chain in order, for a check elsewhere: of entries that tell of another tenant only their place and their hashes.
SELECT
    Tenant = {tenant:String} AS Own,
    Chain AS chain,
    Seq AS seq,
    Previous AS previous,
    Hash AS hash,
    if(Own, formatDateTime(At, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC'), '') AS at,
    if(Own, Tenant, '') AS tenant,
    if(Own, Environment, '') AS environment,
    if(Own, KeyId, '') AS key_id,
    if(Own, Address, '') AS address,
    if(Own, Action, '') AS action,
    if(Own, Object, '') AS object,
    if(Own, Reason, '') AS reason,
    if(Own, Detail, '') AS detail
FROM audit_entries
WHERE (Chain, Seq) > ({after_chain:String}, {after_seq:UInt64})
ORDER BY Chain, Seq
LIMIT {limit:UInt32}
