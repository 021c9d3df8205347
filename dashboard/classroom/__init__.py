"""What a teacher has: the wall, the list of all runs, the link for a class."""
