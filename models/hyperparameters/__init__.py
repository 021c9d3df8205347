"""Declares what can be set, once, for widgets, addresses, files and the command line.

Imports nothing of the project.
"""
