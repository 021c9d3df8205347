"""What belongs to one browser session: who it is, how large its text is, when it is drawn."""
