"""What every lesson is made of: frame, buttons, progress, guesses, experiments, downloads."""
