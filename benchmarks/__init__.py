"""Measurements that back the figures in README.md. Not tests: they take minutes."""
