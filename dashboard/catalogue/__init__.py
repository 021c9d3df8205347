"""Which lessons there are, and which of them a class has been assigned."""
