"""What stored runs have to show, what their weights compute, and where browsers find them."""
