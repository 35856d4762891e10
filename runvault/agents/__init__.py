"""Sample agents, and at the same time an example of how to instrument one: start with recorder.py, then refund.py."""
