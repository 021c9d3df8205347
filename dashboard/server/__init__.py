"""The web server: its start, its own addresses, its navigation."""
