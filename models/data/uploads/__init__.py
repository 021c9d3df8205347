"""Visitors' files: parsed into checked arrays, named by their content, kept for a while."""
