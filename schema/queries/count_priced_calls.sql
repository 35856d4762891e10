-- How many calls `priced_calls.sql` would give in all. Parameters: tenant, environment, first_ns, last_ns.
SELECT count() AS Calls
FROM steps FINAL
WHERE Tenant = {tenant:String}
    AND ({environment:String} = '' OR Environment = {environment:String})
    AND steps.Timestamp >= fromUnixTimestamp64Nano({first_ns:Int64})
    AND steps.Timestamp < fromUnixTimestamp64Nano({last_ns:Int64})
    AND (PriceStatus IN ('priced', 'unpriced') OR (PriceStatus = 'reported' AND InputTokens + OutputTokens > 0))
