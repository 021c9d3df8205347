"""Pictures of a run that several lessons show."""
