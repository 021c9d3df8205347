"""A package, so that its fixtures end with its last file: all attacks share one server."""
