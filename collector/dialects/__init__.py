"""What each instrumentation calls things, one file per dialect. Read `reader.py` first."""
