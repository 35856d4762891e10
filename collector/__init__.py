"""From the wire to the store: receive, decode, normalise, redact, journal, load. Read `pipeline.py` first."""
