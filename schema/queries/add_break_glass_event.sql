-- One step of a request to open originals.
INSERT INTO break_glass_events (Tenant, Day, RequestId, EventId, At, Kind, KeyId, RunId, Environment, Reason, Ticket,
    Minutes, Mac)
SELECT
    {tenant:String},
    toDate(fromUnixTimestamp64Micro({at_micros:Int64}), 'UTC'),
    {request_id:String},
    {event_id:String},
    fromUnixTimestamp64Micro({at_micros:Int64}),
    {kind:String},
    {key_id:String},
    {run_id:String},
    {environment:String},
    {reason:String},
    {ticket:String},
    {minutes:UInt32},
    {mac:String}
