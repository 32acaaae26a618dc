"""People and offices of the practice, for programs."""
