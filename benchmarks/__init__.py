"""Measurements that back the figures in docs/benchmarks.md. Not tests: they take minutes."""
