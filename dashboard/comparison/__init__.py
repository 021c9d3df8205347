"""Several runs side by side, and two settings over several seeds."""
