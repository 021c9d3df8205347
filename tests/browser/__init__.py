"""A package, so that its fixtures end with its last file: two of Playwright cannot run at once."""
