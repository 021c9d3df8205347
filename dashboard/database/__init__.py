"""Tables that all web servers of a class share, and their migrations."""
