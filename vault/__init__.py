"""Who may do what, and the record of what was done: API keys, limits, the audit trail. Imports schema only."""
