"""What the lessons say of outcomes, and what has to be true of trained runs for it to hold."""
