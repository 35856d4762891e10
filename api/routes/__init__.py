"""One file per group of routes; each asks `api/queries` and answers what the public contract says."""
