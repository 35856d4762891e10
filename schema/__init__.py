"""What data looks like, in memory and at rest. Imports nothing of ours."""
