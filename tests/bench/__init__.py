"""Benchmarks: `python -m tests.bench [case …]`, or `make bench`. Each figure comes with machine, data and command."""
